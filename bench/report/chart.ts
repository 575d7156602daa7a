/** Draws a family of results as one bar chart in SVG: a group of bars per case, a colour per tool, a logarithmic axis. */
import { init } from 'echarts';
import { medianSeconds } from '../runner/targets.js';
import type { CaseResult } from './result.js';
import { formatSeconds } from './rows.js';

const colourOfTool: Readonly<Record<string, string>> = {
  oxen: '#0b6e4f',
  tar: '#9aa5b1',
  'cp -r': '#c3cbd3',
  git: '#3b6fb6',
  'git-lfs': '#86a8d6',
  restic: '#8e6bbf',
  dvc: '#c9b3e0',
  'real oxen': '#c8553d',
  'real oxen, tuned': '#e8a598',
  'node -e 0': '#d9c77b',
};
const otherColours = ['#0b6e4f', '#5fae90', '#b08d57', '#6b7a8f'];

/** Returns the SVG text of the chart. Times include the sync of tools that do not sync themselves. */
export function drawFamily(title: string, results: readonly CaseResult[]): string {
  const tools = [
    ...new Set(results.flatMap((result) => result.participants.map(({ name }) => name))),
  ];
  const rowHeight = 16;
  const height = 110 + results.length * (tools.length * rowHeight + 24);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 900, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#ffffff',
      color: otherColours,
      title: { text: title, left: 16, top: 10, textStyle: { fontSize: 15 } },
      legend: { top: 38, left: 16, itemWidth: 14, itemHeight: 10 },
      grid: { left: 170, right: 90, top: 76, bottom: 34 },
      xAxis: {
        type: 'log',
        min: 1, // in milliseconds, for bars on a logarithmic axis begin at 1
        axisLabel: { formatter: (ms: number) => formatSeconds(ms / 1000) },
      },
      yAxis: { type: 'category', inverse: true, data: results.map(({ name }) => name) },
      series: tools.map((tool) => ({
        name: tool,
        type: 'bar' as const,
        ...colourOf(tool),
        barMaxWidth: rowHeight,
        data: results.map((result) => medianMs(result, tool) ?? '-'),
        label: {
          show: true,
          position: 'right' as const,
          fontSize: 11,
          formatter: ({ value }: { value: unknown }) =>
            typeof value === 'number' ? formatSeconds(value / 1000) : '',
        },
      })),
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose(); // otherwise the process stays alive
  }
}

function colourOf(tool: string) {
  const color = colourOfTool[tool];
  return color === undefined ? {} : { itemStyle: { color } };
}

function medianMs(result: CaseResult, tool: string): number | undefined {
  const seconds = medianSeconds(result.participants, tool, { isDurable: true });
  return seconds === undefined ? undefined : Math.max(1, seconds * 1000);
}
