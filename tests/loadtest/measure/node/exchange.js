// Reads on stdin what histogram_exchange says of histograms, and prints what hdr-histogram-js says of the same: `exchange.js < ours`. Of
// each histogram both what was decoded from our text and what was recorded anew from the same values; then a text of its own to read back.
const hdr = require("hdr-histogram-js");

const percentiles = [0, 0.01, 1, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100];
const say = (h) => ({ total: h.totalCount, percentiles: percentiles.map((p) => h.getValueAtPercentile(p)), mean: h.mean, deviation: h.stdDeviation });

const ours = JSON.parse(require("fs").readFileSync(0, "utf8"));
const said = ours.histograms.map(({ digits, highest, values, interval, text }) => {
  const anew = hdr.build({ bitBucketSize: 64, lowestDiscernibleValue: 1, highestTrackableValue: highest, numberOfSignificantValueDigits: digits });
  values.forEach((value) => (interval ? anew.recordValueWithExpectedInterval(value, interval) : anew.recordValue(value)));
  const decoded = hdr.decodeFromCompressedBase64(text, 64);
  return { decoded: say(decoded), anew: say(anew), table: decoded.outputPercentileDistribution(5, 1e6), text: hdr.encodeIntoCompressedBase64(anew) };
});
const log = new hdr.HistogramLogReader(ours.log, 64), lines = [];
for (let one = log.nextIntervalHistogram(); one !== null; one = log.nextIntervalHistogram()) {
  lines.push({ tag: one.tag, begin: one.startTimeStampMsec, end: one.endTimeStampMsec, ...say(one) });
}
let written = "";
const writer = new hdr.HistogramLogWriter((text) => { written += text; });
writer.outputLogFormatVersion();
writer.outputStartTime(1700000000250);
writer.outputLegend();
const first = hdr.decodeFromCompressedBase64(ours.histograms[0].text, 64);
first.tag = "js";
writer.outputIntervalHistogram(first, 1.5, 2.5, 1e6);
console.log(JSON.stringify({ said, lines, written }));
