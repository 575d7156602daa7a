/** Counts what the server does, and writes it in the text format of Prometheus. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** One request that was answered. */
export interface AnsweredRequest {
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** Numbers that are read at the moment they are asked for. */
export interface Gauges {
  readonly openRepositories: number;
  readonly openUploads: number;
  readonly residentBytes: number;
  readonly cpuSeconds: number; // user and system, of all threads
  readonly diskFreeBytes: number;
  readonly uptimeSeconds: number;
}

interface RouteCounters {
  readonly byStatus: Map<number, number>;
  durationMs: number;
  count: number;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

const loopResolutionMs = 10;
const loopQuantiles = [0.5, 0.95, 0.99, 1];

/** Counters since the start. Close it when the server stops. */
export class Metrics {
  readonly #loopDelay = monitorEventLoopDelay({ resolution: loopResolutionMs });
  readonly #routes = new Map<string, RouteCounters>();
  #receivedBytes = 0;
  #sentBytes = 0;
  #activeCount = 0;

  constructor() {
    this.#loopDelay.enable();
  }

  /** Ends the measuring of the event loop. */
  close(): void {
    this.#loopDelay.disable();
  }

  /** Notes that a request came. */
  begin(): void {
    this.#activeCount++;
  }

  /** Notes that a request begun before was answered, or broke off. */
  end(request: AnsweredRequest): void {
    this.#activeCount--;
    this.#receivedBytes += request.receivedBytes;
    this.#sentBytes += request.sentBytes;
    const counters = this.#routes.get(request.route) ?? newCounters();
    this.#routes.set(request.route, counters);
    counters.count++;
    counters.durationMs += request.durationMs;
    counters.byStatus.set(request.status, (counters.byStatus.get(request.status) ?? 0) + 1);
  }

  /** Returns everything as text. */
  render(gauges: Gauges): string {
    const lines: string[] = [];
    const single = (name: string, kind: 'counter' | 'gauge', help: string, value: number): void => {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`, `${name} ${value}`);
    };
    single('oxen_requests_active', 'gauge', 'Requests being answered.', this.#activeCount);
    single('oxen_received_bytes_total', 'counter', 'Bytes received.', this.#receivedBytes);
    single('oxen_sent_bytes_total', 'counter', 'Bytes sent.', this.#sentBytes);
    single('oxen_repositories_open', 'gauge', 'Open repositories.', gauges.openRepositories);
    single('oxen_uploads_open', 'gauge', 'Uploads in parts.', gauges.openUploads);
    single('process_resident_memory_bytes', 'gauge', 'Resident memory.', gauges.residentBytes);
    single('process_cpu_seconds_total', 'counter', 'CPU time of all threads.', gauges.cpuSeconds);
    single('oxen_disk_free_bytes', 'gauge', 'Free bytes on the disk.', gauges.diskFreeBytes);
    single('oxen_uptime_seconds', 'gauge', 'Time since the start.', gauges.uptimeSeconds);
    this.#renderLoopDelay(lines);
    this.#renderRoutes(lines);
    return `${lines.join('\n')}\n`;
  }

  #renderLoopDelay(lines: string[]): void {
    const name = 'oxen_event_loop_delay_seconds';
    lines.push(
      `# HELP ${name} Time from one look of the event loop at its timers to the next; ${loopResolutionMs} ms when it is idle.`,
      `# TYPE ${name} gauge`,
    );
    for (const quantile of loopQuantiles) {
      const seconds = this.#loopDelay.percentile(quantile * 100) / 1e9;
      lines.push(`${name}{quantile="${quantile}"} ${seconds}`);
    }
  }

  #renderRoutes(lines: string[]): void {
    lines.push(
      '# HELP oxen_requests_total Requests answered.',
      '# TYPE oxen_requests_total counter',
    );
    for (const [route, { byStatus }] of this.#routes) {
      for (const [status, count] of byStatus) {
        lines.push(
          `oxen_requests_total{route="${escapeLabel(route)}",status="${status}"} ${count}`,
        );
      }
    }
    lines.push(
      '# HELP oxen_request_duration_seconds Time from the head of a request to the end of its answer.',
      '# TYPE oxen_request_duration_seconds summary',
    );
    for (const [route, { durationMs, count }] of this.#routes) {
      const label = `{route="${escapeLabel(route)}"}`;
      lines.push(`oxen_request_duration_seconds_sum${label} ${durationMs / 1000}`);
      lines.push(`oxen_request_duration_seconds_count${label} ${count}`);
    }
  }
}

function newCounters(): RouteCounters {
  return { byStatus: new Map(), durationMs: 0, count: 0 };
}

function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => escapes[character] ?? character);
}
