/** Rule `cycle`: no file and no room imports itself by way of others, types included. */
import { type Edge, targetRoom } from './edges.ts';
import type { Finding } from './finding.ts';

/** Reports every import cycle between files, and every one between rooms that the files' cycles do not explain. */
export function checkCycles(edges: readonly Edge[]): readonly Finding[] {
  return [...fileCycles(edges), ...roomCycles(edges)];
}

function fileCycles(edges: readonly Edge[]): readonly Finding[] {
  const graph = new Map<string, Map<string, Edge>>();
  for (const edge of edges) {
    if (edge.target.kind !== 'file' || edge.isUrl) continue;
    addEdge(graph, edge.source.path, edge.target.path, edge);
  }
  return findCycles(graph).map((cycle) =>
    cycleFinding(graph, cycle, 'move what both need into a third file that imports neither'),
  );
}

function roomCycles(edges: readonly Edge[]): readonly Finding[] {
  const graph = new Map<string, Map<string, Edge>>();
  for (const edge of edges) {
    const { room, isTest } = edge.source.place;
    const other = targetRoom(edge);
    if (isTest || room === '' || other === undefined || other === room) continue;
    addEdge(graph, room, other, edge);
  }
  return findCycles(graph).map((cycle) => cycleFinding(graph, cycle, 'rooms import downwards only'));
}

function addEdge(graph: Map<string, Map<string, Edge>>, from: string, to: string, edge: Edge): void {
  const targets = graph.get(from) ?? new Map<string, Edge>();
  if (!targets.has(to)) targets.set(to, edge);
  graph.set(from, targets);
}

function cycleFinding(
  graph: Map<string, Map<string, Edge>>,
  cycle: readonly string[],
  advice: string,
): Finding {
  const [first = '', second = first] = cycle;
  const edge = graph.get(first)?.get(second);
  return {
    path: edge?.source.path ?? first,
    line: edge?.line ?? 1,
    rule: 'cycle',
    message: `${[...cycle, first].join(' -> ')}; ${advice}`,
  };
}

/** Returns one cycle for every edge back to a node on the current path of a depth-first walk; each is minimal in its walk. */
function findCycles(graph: ReadonlyMap<string, ReadonlyMap<string, Edge>>): readonly (readonly string[])[] {
  const cycles: string[][] = [];
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];
  const visit = (node: string): void => {
    state.set(node, 'open');
    path.push(node);
    for (const next of graph.get(node)?.keys() ?? []) {
      const known = state.get(next);
      if (known === 'open') cycles.push(path.slice(path.indexOf(next)));
      else if (known === undefined) visit(next);
    }
    path.pop();
    state.set(node, 'done');
  };
  for (const node of graph.keys()) if (!state.has(node)) visit(node);
  return cycles;
}
