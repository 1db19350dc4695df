/**
 * How long the Lab keeps a person waiting while it trains: `node bench/lab-responsiveness.mjs [SECONDS] [ADDRESS]` opens the page of gradients,
 * where two networks train, clicks and points now and then, and tells the longest tasks of the page's main thread (by the trace of Chromium: as
 * they were on the clock, and as processor time, which a busy machine does not lengthen) and how long events waited and took (Event Timing).
 */
import { buildLab } from "../scripts/build-lab.mjs";
import { LAB_OUTPUT } from "../scripts/lab-config.mjs";
import { launchChromium, serveFolder } from "../tests/browser/chromium.mjs";

/** Milliseconds: what interaction must stay under. */
const LIMIT = 50;
const [seconds = 15, address = "gradients?story=lstm&task=adding&lag=60&hidden=48&steps=3000"] = process.argv.slice(2);

await buildLab({ say: () => {} });
const browser = await launchChromium("responsiveness");
if (browser) {
  const server = await serveFolder(LAB_OUTPUT);
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    await page.addInitScript(() => {
      globalThis.seen = [];
      const note = (list) => {
        for (const { startTime, processingStart, duration } of list.getEntries()) globalThis.seen.push({ waited: processingStart - startTime, duration });
      };
      new PerformanceObserver(note).observe({ type: "event", durationThreshold: 16, buffered: true });
    });
    await page.goto(`http://127.0.0.1:${server.address().port}/isolated/#/${address}`);
    await page.waitForSelector("main [data-ready][data-busy]", { timeout: 60_000 });
    await page.evaluate(() => globalThis.seen.splice(0));
    await browser.startTracing(page, { categories: ["toplevel", "devtools.timeline", "blink.user_timing"] });
    const clicks = await interact(page, Number(seconds));
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
    const stillTraining = (await page.locator("main [data-busy]").count()) > 0;
    tell({ tasks: mainTasks(traceEvents), events: await page.evaluate(() => globalThis.seen), clicks, stillTraining });
  } finally {
    await browser.close();
    server.close();
  }
}

/** Moves over a map, and chooses what the maps show, by turns, until the time is over. */
async function interact(page, seconds) {
  const map = await page.locator(".side.left canvas").boundingBox();
  const until = performance.now() + 1000 * seconds;
  let clicks = 0;
  while (performance.now() < until) {
    await page.mouse.move(map.x + (map.width * (clicks % 7)) / 7, map.y + map.height / 2);
    await page.locator(".toolbar.lower label").nth(clicks++ % 2).click();
    await page.waitForTimeout(200);
  }
  return clicks;
}

/** Tasks of the thread that the page runs in: the renderer's main thread that was busy longest. */
function mainTasks(events) {
  const threads = events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const of = ({ pid, tid }) => events.filter((event) => event.pid === pid && event.tid === tid && event.ph === "X" && /(^|:)RunTask$/.test(event.name));
  const sum = (tasks) => tasks.reduce((total, { dur }) => total + dur, 0);
  return threads.map(of).toSorted((a, b) => sum(b) - sum(a))[0] ?? [];
}

function tell({ tasks, events, clicks, stillTraining }) {
  const worst = (values) => (values.length === 0 ? "none" : `${Math.max(...values).toFixed(1)} ms`);
  const over = (values) => values.filter((value) => value > LIMIT).length;
  const wall = tasks.map(({ dur }) => dur / 1000);
  const cpu = tasks.flatMap(({ tdur }) => (tdur === undefined ? [] : [tdur / 1000]));
  console.log(`${address}, ${seconds} s, ${clicks} clicks, ${stillTraining ? "training all the while" : "the training ended before"}`);
  console.log(`tasks of the main thread: ${tasks.length}, longest ${worst(wall)} on the clock (${over(wall)} above ${LIMIT}), ${worst(cpu)} of processor time (${over(cpu)} above ${LIMIT})`);
  console.log(`events: ${events.length} of 16 ms or more, longest wait ${worst(events.map(({ waited }) => waited))}, longest until painted ${worst(events.map(({ duration }) => duration))}`);
}
