// Servers with prior knowledge of HTTP/2 that are told by lines on standard input how they are: `grpc SERVICE STATUS` (`-` is the server as a
// whole) for one of gRPC with the health service of grpc-health-check, `http STATUS` for one that answers every path. A third has a health
// service that never answers; the one of HTTP answers gRPC drop by drop. Prints their ports, then a line for each request of HTTP.
const grpc = require("@grpc/grpc-js");
const http2 = require("http2");
const readline = require("readline");
const { HealthImplementation, service } = require("grpc-health-check");

const health = new HealthImplementation({ "": "NOT_SERVING" });
let status = 503;
const web = http2.createServer((request, response) => {
  if (request.headers["content-type"] === "application/grpc") {
    response.writeHead(200, { "content-type": "application/grpc" });
    const drops = setInterval(() => response.write("\0"), 100);
    return response.on("close", () => clearInterval(drops));
  }
  console.log(`${request.method} ${request.url} ${request.headers[":authority"]} ${request.headers["user-agent"]}`);
  if (status === 0) return;
  response.writeHead(status);
  response.end("a body that nobody reads".repeat(1000));
});
const serving = new grpc.Server();
health.addToServer(serving);
const silent = new grpc.Server();
silent.addService(service, { check: () => {}, watch: () => {} });

const listen = (server) =>
  new Promise((done, fail) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => (error ? fail(error) : done(port))));
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const [what, ...rest] = line.split(" ");
  if (what === "http") status = Number(rest[0]);
  if (what === "grpc") health.setStatus(rest[0] === "-" ? "" : rest[0], rest[1]);
});
web.listen(0, "127.0.0.1", async () => console.log(web.address().port, await listen(serving), await listen(silent)));
