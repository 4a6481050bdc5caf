/** The JSON Schema of the configuration file, for editors: what YAML may say, with descriptions and defaults. */
import { z } from 'zod';
import { CONFIG } from './schema.ts';

/** Returns `config/xylen.schema.json`. */
export function jsonSchemaText(): string {
  const schema = z.toJSONSchema(CONFIG.schema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ title: 'Xylen configuration', ...schema }, undefined, 2)}\n`;
}
