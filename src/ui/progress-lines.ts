/**
 * Progress for those who are no terminal: a line now and then for a log (`--progress always`), or a JSON document a line for a program
 * (`--progress json`; docs/cli.md says which). Of each phase the last event is always told.
 */
import type { OxenEvent, ProgressEvent } from '../core/model/events.js';
import { renderDocument } from './json-document.js';
import type { Output } from './output.js';
import { type Progress, renderProgress, type Stopwatch } from './progress.js';

/** How the lines look. */
export type ProgressLineForm = 'text' | 'json';

const pauseMs: Readonly<Record<ProgressLineForm, number>> = { text: 5000, json: 200 };

/** Returns progress as lines on `output`. */
export function openProgressLines(
  output: Output,
  form: ProgressLineForm,
  stopwatch: Stopwatch = () => performance.now(),
): Progress {
  const started = stopwatch();
  let phaseStarted = started;
  let next = started + pauseMs[form];
  let waiting: ProgressEvent | undefined; // not told yet
  let phase: string | undefined;

  const tell = (): void => {
    if (waiting === undefined) return;
    const now = stopwatch();
    next = now + pauseMs[form];
    output.write(
      form === 'json' ? renderEvent(waiting) : `${renderProgress(waiting, now - phaseStarted)}\n`,
    );
    waiting = undefined;
  };
  return {
    receive(event) {
      if (event.type === 'note') {
        output.write(form === 'json' ? renderEvent(event) : `${event.path}: ${event.message}\n`);
        return;
      }
      if (event.phase !== phase) {
        tell();
        phase = event.phase;
        phaseStarted = stopwatch();
      }
      waiting = event;
      if (stopwatch() >= next) tell();
    },
    erase() {},
    // A short run says nothing in a log, but a program wants to know where it ended.
    end() {
      if (form === 'json' || stopwatch() - started >= pauseMs.text) tell();
    },
  };
}

function renderEvent({ type, ...fields }: OxenEvent): string {
  return renderDocument({ event: type, ...fields });
}
