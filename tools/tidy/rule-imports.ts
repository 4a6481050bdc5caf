/** Rules `import`, `door`, `sub-door`, `library`, `seal`: who may name whom. The table itself is `tools/rooms.ts`. */
import { isIdentifier, type Node } from 'typescript/unstable/ast';
import { allowanceText, findRoom, importableBy, isImplementation, type Room } from '../rooms.ts';
import type { Edge } from './edges.ts';
import type { Finding } from './finding.ts';
import { placeOf } from './place.ts';
import type { Source } from './source.ts';
import type { NodeRule } from './walk.ts';

/** The packages of the manifests, as far as an import needs them. */
export interface Packages {
  readonly root: ReadonlySet<string>;
  readonly rootDev: ReadonlySet<string>;
  readonly web: ReadonlySet<string>;
}

/** Reports every edge that the house does not allow. */
export function checkEdge(edge: Edge, packages: Packages): readonly Finding[] {
  const { zone, isTest } = edge.source.place;
  if (edge.target.kind === 'unknown-alias') {
    return [
      finding(
        edge,
        'import',
        `'${edge.specifier}' is not in "imports" of package.json; add the room there first`,
      ),
    ];
  }
  if (edge.target.kind === 'package') return checkPackage(edge, edge.target.name, packages);
  if (isTest) return [];
  if (zone === 'src') return checkRoomEdge(edge);
  if (zone === 'web') return checkWebEdge(edge);
  return zone === 'tools' || zone === 'bench' ? checkOutsideEdge(edge) : [];
}

/** Reports the mint of the risk seal in any hands but those of `risk` (and of `domain`, which makes it). */
export function sealRule(source: Source): NodeRule {
  const findings: Finding[] = [];
  const { room } = source.place;
  const isHolder = room === 'risk' || room === 'domain';
  const visit = (node: Node): void => {
    if (isHolder || !isIdentifier(node) || node.text !== 'claimRiskMint') return;
    findings.push({
      path: source.path,
      line: source.lineOf(node),
      rule: 'seal',
      message: 'only the room risk may claim the mint; take `RiskApproved` values as they come',
    });
  };
  return { visit, finish: () => findings };
}

function finding(edge: Edge, rule: string, message: string): Finding {
  return { path: edge.source.path, line: edge.line, rule, message };
}

function checkRoomEdge(edge: Edge): readonly Finding[] {
  const { target, source } = edge;
  const room = findRoom(source.place.room);
  if (room === undefined) return [];
  if (target.kind === 'computed') {
    if (room.name === 'app') return [];
    return [finding(edge, 'import', 'a computed import cannot be checked; only app loads modules by name')];
  }
  if (target.kind !== 'file') return [];
  const other = placeOf(target.path);
  if (other.zone !== 'src') {
    if (room.name === 'app' && target.path.endsWith('.json')) return [];
    return [
      finding(edge, 'import', `src must not depend on ${target.path}; move what is needed into a room`),
    ];
  }
  if (other.room === room.name) return checkInnerEdge(edge, room, other.part);
  return [...checkTable(edge, room, other.room), ...checkDoor(edge, room, other.room, other.part)];
}

/** Holds an edge between two rooms against the table. */
function checkTable(edge: Edge, room: Room, otherName: string): readonly Finding[] {
  if (importableBy(room).has(otherName)) return [];
  return [
    finding(
      edge,
      'import',
      `${room.name} may import ${allowanceText(room)}, not ${otherName}; pass the thing in, or move the noun down to a room both see`,
    ),
  ];
}

/** Sees that an edge between two rooms goes through a door, and that only `app` opens an implementation's. */
function checkDoor(edge: Edge, room: Room, otherName: string, otherPart: string): readonly Finding[] {
  if (!edge.specifier.startsWith('#')) {
    return [finding(edge, 'door', `reaches past the door of ${otherName}; import from '#${otherName}'`)];
  }
  if (otherPart === '' || room.name === 'app') return [];
  return [
    finding(
      edge,
      'sub-door',
      `'${edge.specifier}' is an implementation, named by app alone; take the port of '#${otherName}' as a parameter`,
    ),
  ];
}

/** Checks an edge within one room. */
function checkInnerEdge(edge: Edge, room: Room, otherPart: string): readonly Finding[] {
  const { part } = edge.source.place;
  // An implementation may take its own port by the door; a file beside the door may not.
  if (edge.specifier.startsWith('#') && part === '') {
    return [finding(edge, 'door', `inside ${room.name} import the file by its relative path, not the door`)];
  }
  if (!room.hasImplementations || otherPart === '' || otherPart === part) return [];
  if (room.innerRooms.includes(otherPart)) return checkInnerDoor(edge, otherPart);
  if (part === '' || room.innerRooms.includes(part)) {
    return [
      finding(
        edge,
        'sub-door',
        `the room's own files must not pull in an implementation (${otherPart}); app imports '#${room.name}/${otherPart}'`,
      ),
    ];
  }
  return [
    finding(
      edge,
      'sub-door',
      `implementations do not know each other: move what ${part} and ${otherPart} share up into src/${room.name}, or into an inner room of tools/rooms.ts`,
    ),
  ];
}

/** What implementations share is entered by its door like any room. */
function checkInnerDoor(edge: Edge, otherPart: string): readonly Finding[] {
  if (edge.target.kind !== 'file' || edge.target.path.endsWith(`/${otherPart}/index.ts`)) return [];
  return [finding(edge, 'door', `reaches past the door of ${otherPart}; import ../${otherPart}/index.ts`)];
}

function checkWebEdge(edge: Edge): readonly Finding[] {
  const { target } = edge;
  if (!edge.source.path.startsWith('web/src/')) return [];
  if (target.kind === 'node') {
    return [
      finding(edge, 'import', `the dashboard runs in a browser; '${edge.specifier}' does not exist there`),
    ];
  }
  if (target.kind !== 'file' || target.path.startsWith('web/')) return [];
  if (target.path === 'src/wire/index.ts') return [];
  return [
    finding(
      edge,
      'import',
      `the dashboard imports #wire alone; add a message to wire instead of ${target.path}`,
    ),
  ];
}

function checkOutsideEdge(edge: Edge): readonly Finding[] {
  if (edge.target.kind !== 'file' || edge.specifier.startsWith('#')) return [];
  const { room } = placeOf(edge.target.path);
  if (room === '') return [];
  return [finding(edge, 'door', `reaches past the door of ${room}; import from '#${room}'`)];
}

/** A package must stand in the manifest, and the rooms keep libraries out of their doors. */
function checkPackage(edge: Edge, name: string, packages: Packages): readonly Finding[] {
  const { zone, isTest, part } = edge.source.place;
  if (zone === 'web') {
    if (packages.web.has(name)) return [];
    return [finding(edge, 'library', `'${name}' is not in web/package.json`)];
  }
  const isKnown = packages.root.has(name) || packages.rootDev.has(name);
  if (!isKnown) return [finding(edge, 'library', `'${name}' is not in package.json`)];
  if (zone !== 'src' || isTest) return [];
  if (!packages.root.has(name)) {
    return [finding(edge, 'library', `'${name}' is a development dependency; the product cannot import it`)];
  }
  const room = findRoom(edge.source.place.room);
  if (room === undefined || isImplementation(room, part)) return [];
  if (room.packages.includes(name) || room.packages.includes('*')) return [];
  return [
    finding(
      edge,
      'library',
      `${room.name} keeps '${name}' out of its own files; put it into an implementation folder or into app`,
    ),
  ];
}
