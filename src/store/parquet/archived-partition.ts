/** The files of a data set as they are found, with what their footers say. */
import { type DataSetId, describeDataSet, type Partition, partitionOf } from '../history/index.ts';
import { partitionFiles } from './archive-layout.ts';
import type { PartName } from './part-name.ts';
import { damagedTable, type TableMeta, TableReader } from './table-file.ts';

/** A file of the archive. */
export interface ArchivedPartition {
  readonly partition: Partition;
  readonly path: string;
  readonly meta: TableMeta;
  /** What part of the partition it is; `null` for the partition's own file. */
  readonly part: PartName | null;
}

/** Returns the archived files of a data set, or of one partition of it, parts of what is being recorded among them. @throws XY_FILE_DAMAGED, XY_STORE_SCHEMA */
export async function archivedPartitions(
  dataDir: string,
  id: DataSetId,
  only?: string,
): Promise<ArchivedPartition[]> {
  const found: ArchivedPartition[] = [];
  for (const { part, partition: name, path } of partitionFiles(dataDir, id)) {
    if (only !== undefined && name !== only) continue;
    const reader = await TableReader.open(path);
    reader.close();
    const { meta } = reader;
    const partition = partitionOf(id.kind, meta.firstTsUs);
    if (describeDataSet(meta.id) !== describeDataSet(id) || name !== partition.name) {
      throw damagedTable(
        path,
        `it holds ${describeDataSet(meta.id)} of ${partition.name} and lies in the wrong place`,
      );
    }
    found.push({ partition, path, meta, part });
  }
  return found;
}
