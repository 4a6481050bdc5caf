/**
 * A JSON array of arrays (`[[1676716260000,24527.9,...],...]`, as KuCoin's REST API and freqtrade write candles) as lines of CSV,
 * without holding the document: brackets become line ends, everything else is left for the row parser to judge.
 */
import { ContainerDamage } from './byte-source.ts';

const OPEN = 0x5b;
const CLOSE = 0x5d;
const COMMA = 0x2c;
const NEWLINE = 0x0a;

/** Rewrites the array row by row. Throws `ContainerDamage` when it is not such an array or ends too early. */
export async function* jsonRowsToLines(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let depth = 0;
  let isClosed = false;
  let isCommaDue = false;
  for await (const piece of bytes) {
    const out = Buffer.allocUnsafe(piece.length);
    let used = 0;
    for (let i = 0; i < piece.length; i++) {
      const byte = piece[i]!;
      if (byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09) continue;
      if (isClosed) throw new ContainerDamage('something follows the end of the JSON array');
      if (depth === 2 && byte !== CLOSE && byte !== OPEN) out[used++] = byte;
      else if (depth === 2 && byte === CLOSE) {
        out[used++] = NEWLINE;
        depth = 1;
        isCommaDue = true;
      } else if (depth === 1 && byte === COMMA && isCommaDue) isCommaDue = false;
      else if (depth === 1 && byte === CLOSE) {
        depth = 0;
        isClosed = true;
      } else if (depth < 2 && byte === OPEN && !isCommaDue) depth++;
      else throw new ContainerDamage(`an array of arrays is expected, found '${String.fromCharCode(byte)}'`);
    }
    if (used > 0) yield out.subarray(0, used);
  }
  if (!isClosed) throw new ContainerDamage('the JSON array is cut off');
}
