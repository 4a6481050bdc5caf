import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Command } from 'commander';
import { COMMANDS, loadCommand } from './registry.ts';

const FOLDER = new URL('../commands/', import.meta.url);

const FILES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => name.slice(0, -'.ts'.length));

test('lists every command module', () => {
  const names = COMMANDS.map(({ name }) => name);
  const isCommand = (name: string) =>
    readFileSync(new URL(`${name}.ts`, FOLDER), 'utf8').includes('export const command');
  assert.deepEqual(
    FILES.filter((name) => isCommand(name) && !names.includes(name)),
    [],
  );
});

for (const { name, summary } of COMMANDS) {
  const isHere = FILES.includes(name);
  test(`loads '${name}', with the summary of the table and a true example`, {
    skip: !isHere && 'not in this build',
  }, async () => {
    const module = await loadCommand(name);
    assert.equal(module.summary, summary);
    assert.ok(module.example.startsWith(`xylen ${name}`), module.example);
    module.define(new Command(name));
  });
}

test('says that a command without a module is not part of this build', async () => {
  await assert.rejects(loadCommand('no-such-command'), /'no-such-command' is not part of this build/);
});
