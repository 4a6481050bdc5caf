/** The record that belongs at an offset, so that whoever reads it back knows whether it is the right one. */

/** Returns the record of a topic at an offset: 8 to 700 bytes. */
export function crashRecord(topic: string, offset: number): Buffer {
  const length = 8 + ((offset * 7_919) % 691);
  const bytes = Buffer.alloc(length, (offset + topic.length) % 251);
  bytes.writeDoubleLE(offset, 0);
  return bytes;
}
