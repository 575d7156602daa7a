// Asks the URL given until the standard input ends, every 20 ms, then prints how long each answer took, in milliseconds, as JSON. A program
// of its own: in the process that starts the clients and measures them, it would wait for their turn and not for the server's.
const pauseMs = 20;
const [, , url] = process.argv;
const answersMs = [];
let isOver = false;
process.stdin.on('end', () => {
  isOver = true;
});
process.stdin.resume();
while (!isOver) {
  const startedAt = performance.now();
  const answer = await fetch(url).catch(() => undefined);
  if (answer === undefined) break; // the server has ended: whoever pushes will say so
  await answer.arrayBuffer();
  answersMs.push(performance.now() - startedAt);
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
}
console.log(JSON.stringify(answersMs));
