/** Cost per file of telling what a file is and of its metadata; it is paid once for every file that is added. */
import { randomBytes } from 'node:crypto';
import { Bench } from 'tinybench';
import { classify, dataTypeNumberOf, mimeNumberOf } from '../../src/core/format/file-type.js';
import { getKernel } from '../../src/core/format/hashing.js';
import { metadataJson } from '../../src/core/format/metadata/metadata-codec.js';
import { readMetadata } from '../../src/core/format/metadata/read-metadata.js';

const callsEach = 100; // hides the timer of the bench behind many short calls
const fileBytes = 4096;

/** Returns the bench, not run yet. A task handles its file `callsEach` times. */
export async function fileTypeBench(): Promise<Bench> {
  const bench = new Bench({ name: 'file type', time: 300, warmupTime: 100 });
  for (const [name, head] of sampleFiles()) {
    addTask(bench, `classify ${name}`, () => classify(head, name));
    addTask(bench, `numbers ${name}`, () => dataTypeNumberOf(mimeNumberOf(head, name), head, name));
    const kind = classify(head, name);
    addTask(bench, `metadata ${name}`, () => readMetadata(kind, head));
    const { metadata } = readMetadata(kind, head);
    if (metadata) addTask(bench, `json ${name}`, () => metadataJson(metadata));
  }
  addTextStatistics(bench);
  return bench;
}

function addTask(bench: Bench, name: string, call: () => unknown): void {
  bench.add(name, () => {
    for (let index = 0; index < callsEach; index++) call();
  });
}

function addTextStatistics(bench: Bench): void {
  const kernel = getKernel();
  kernel.memory.fill('data of a file\n', kernel.arenaStart, kernel.arenaStart + fileBytes);
  const head = kernel.memory.subarray(kernel.arenaStart, kernel.arenaStart + fileBytes);
  const kind = classify(head, 'a.txt');
  const options = {
    countText: (bytes: Uint8Array) => kernel.textStatsAt(bytes.byteOffset, bytes.length),
  };
  addTask(bench, 'metadata in the kernel a.txt', () => readMetadata(kind, head, options));
}

function sampleFiles(): [string, Uint8Array][] {
  const random = randomBytes(fileBytes);
  random[0] = 0x81; // no rule starts with it
  const png = Buffer.from(random);
  png.set(
    Buffer.from('89504e470d0a1a0a0000000d49484452000000030000000508020000000ff313c1f5', 'hex'),
  );
  const utf8 = Buffer.alloc(fileBytes, 'Größe und Länge einer Datei\n');
  const csv = Buffer.alloc(fileBytes, 'name,size,share\nabc,12,0.5\nabcd,13,0.25\n');
  const jsonl = Buffer.alloc(fileBytes, '{"name":"abc","size":12,"share":0.5}\n');
  return [
    ['image.png', png],
    ['random.bin', random],
    ['text.txt', Buffer.alloc(fileBytes, 'data of a file\n')],
    ['utf8.txt', utf8.subarray(0, fileBytes)],
    ['table.csv', csv],
    ['lines.jsonl', jsonl.subarray(0, fileBytes)],
  ];
}
