/** The schema of `record.sqlite` for the migration runner. */
import { RECORD_SCHEMA_VERSION, recordDdl } from '../record-schema.ts';
import type { StoreSchema } from './migrations.ts';

/** The record's schema. Version 2 is the first one released, so no step leads to it. */
export const RECORD_STORE: StoreSchema = {
  name: 'a record',
  // 'XYRC' in ASCII.
  applicationId: 0x58595243,
  version: RECORD_SCHEMA_VERSION,
  ddl: recordDdl(),
  steps: [],
};
