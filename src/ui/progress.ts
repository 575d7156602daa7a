/**
 * The progress line: one line on the standard error while it is a terminal, redrawn at most ten times a second and
 * erased at the end, so that nothing of it stays on the screen. Notes about single paths are printed above it.
 */
import type { EventSink, NoteEvent, Phase, ProgressEvent } from '../core/model/events.js';
import type { Output } from './output.js';
import { cutText } from './text-width.js';
import { formatDuration, formatSize } from './units.js';

/** A progress line. */
export interface Progress {
  /** Takes an event of the engine. */
  readonly receive: EventSink;
  /** Removes the line from the screen until the next event. */
  erase(): void;
  /** Removes the line for good. */
  end(): void;
}

/** Returns the time in milliseconds, never going back. */
export type Stopwatch = () => number;

const redrawMs = 100;
const firstDrawMs = 200;
const eraseLine = '\r\u001b[2K';

const labels: Readonly<Record<Phase, string>> = {
  scan: 'Scanning',
  add: 'Adding',
  compare: 'Comparing',
  tree: 'Building the tree',
  store: 'Storing',
  checkout: 'Writing files',
  verify: 'Verifying',
  push: 'Pushing',
  fetch: 'Fetching',
  collect: 'Collecting garbage',
  save: 'Saving',
  load: 'Loading',
};

/**
 * Returns a progress line on `output`. Nothing is drawn when it is no terminal or the user wants none, nor in the first
 * moments: a short run shows none. Notes are printed unless the user wants quiet.
 */
export function openProgress(
  output: Output,
  isQuiet: boolean,
  isWanted = true,
  stopwatch: Stopwatch = () => performance.now(),
  columns: () => number = () => process.stderr.columns ?? 80,
): Progress {
  const draws = output.isTerminal && !isQuiet && isWanted;
  const started = draws ? stopwatch() : 0; // the first look at the clock loads a module of Node
  const phaseStarts = new Map<Phase, number>();
  let lastEvent = started;
  let nextDraw = started + firstDrawMs;
  let isShown = false;

  const erase = (): void => {
    if (isShown) output.write(eraseLine);
    isShown = false;
  };
  const draw = (event: ProgressEvent): void => {
    const now = stopwatch();
    // A phase began at the latest event before its first one: that one has work behind it already.
    const phaseStarted = phaseStarts.get(event.phase) ?? lastEvent;
    phaseStarts.set(event.phase, phaseStarted);
    lastEvent = now;
    if (now < nextDraw) return;
    nextDraw = now + redrawMs;
    isShown = true;
    output.write(eraseLine + cutText(renderProgress(event, now - phaseStarted), columns() - 1));
  };
  const printNote = (note: NoteEvent): void => {
    erase();
    output.write(`${note.path}: ${note.message}\n`);
  };
  return {
    receive(event) {
      if (event.type === 'note') {
        if (!isQuiet) printNote(event);
      } else if (draws) draw(event);
    },
    erase,
    end: erase,
  };
}

/** Returns the line for a phase that has run for `elapsedMs`: what is done, how fast, and how long the rest will take. */
export function renderProgress(event: ProgressEvent, elapsedMs: number): string {
  const seconds = Math.max(elapsedMs, 1) / 1000;
  const parts = [`${labels[event.phase]}: ${countOf(event)} files, ${sizeOf(event)}`];
  parts.push(`${Math.round(event.fileCount / seconds).toLocaleString('en-US')} files/s`);
  if (event.sizeBytes > 0) parts.push(`${(event.sizeBytes / 1e6 / seconds).toFixed(1)} MB/s`);
  const rest = remainingMs(event, elapsedMs);
  if (rest !== undefined) parts.push(`ETA ${formatDuration(rest)}`);
  return parts.join(', ');
}

function countOf(event: ProgressEvent): string {
  const done = event.fileCount.toLocaleString('en-US');
  if (event.totalFileCount === undefined) return done;
  return `${done}/${event.totalFileCount.toLocaleString('en-US')}`;
}

function sizeOf(event: ProgressEvent): string {
  const done = formatSize(event.sizeBytes);
  return event.totalSizeBytes === undefined ? done : `${done}/${formatSize(event.totalSizeBytes)}`;
}

/** Estimates by bytes where their total is known, else by files; whole seconds, since more would be a pretence. */
function remainingMs(event: ProgressEvent, elapsedMs: number): number | undefined {
  const { fileCount, sizeBytes, totalFileCount, totalSizeBytes } = event;
  const share =
    totalSizeBytes !== undefined && totalSizeBytes > 0
      ? sizeBytes / totalSizeBytes
      : totalFileCount !== undefined && totalFileCount > 0
        ? fileCount / totalFileCount
        : 0;
  if (share <= 0) return undefined;
  return Math.round((elapsedMs * (1 / Math.min(share, 1) - 1)) / 1000) * 1000;
}
