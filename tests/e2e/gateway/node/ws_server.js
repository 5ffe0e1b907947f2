// A server by ws: `ws_server.js deflate|plain`. Prints its port, then what it has seen of each connection when that has ended.
const { WebSocketServer } = require("ws");

const server = new WebSocketServer({
  host: "127.0.0.1", port: 0, maxPayload: 64 << 20, perMessageDeflate: process.argv[2] === "deflate",
  handleProtocols: (offered) => (offered.has("chat.v2") ? "chat.v2" : false),
});

// What it does with a message, by path.
const ways = {
  "/ws/echo": (socket, data, binary) => socket.send(data, { binary }),
  // In three frames, with a ping of its own between them, as RFC 6455 §5.4 allows.
  "/ws/fragments": (socket, data, binary) => {
    const third = Math.ceil(data.length / 3);
    socket.send(data.subarray(0, third), { binary, fin: false });
    socket.ping("between");
    socket.send(data.subarray(third, 2 * third), { binary, fin: false });
    socket.send(data.subarray(2 * third), { binary, fin: true });
  },
  "/ws/closes": (socket) => socket.close(4002, "server is done"),
  "/ws/breaks": (socket) => socket._socket.resetAndDestroy(),
  "/ws/holds": () => {},
};

server.on("listening", () => console.log(server.address().port));
server.on("connection", (socket, request) => {
  const seen = { path: request.url, protocol: socket.protocol, extensions: socket.extensions, messages: 0, pings: [], pongs: [] };
  const began = socket._socket.bytesRead;
  socket.on("error", (error) => (seen.error = error.message));
  socket.on("ping", (data) => seen.pings.push(String(data)));
  socket.on("pong", (data) => seen.pongs.push(String(data)));
  socket.on("message", (data, binary) => {
    seen.messages += 1;
    ways[request.url](socket, data, binary);
  });
  socket.on("close", (code, reason) => {
    console.log(JSON.stringify({ ...seen, code, reason: String(reason), wire: request.socket.bytesRead - began, at: Date.now() }));
  });
});
