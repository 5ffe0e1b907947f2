// A web app with socket.io, for a browser: `page_server.js`. Prints its port, and what the page reports.
const fs = require("fs");
const path = require("path");
const { Server } = require("socket.io");

const files = { "/": ["page.html", "text/html; charset=utf-8"], "/follow.js": ["follow.js", "text/javascript"] };
const server = require("http").createServer((request, response) => {
  const [url] = request.url.split("?");
  if (url === "/report") {
    let text = "";
    request.on("data", (piece) => (text += piece));
    request.on("end", () => { console.log(text); response.end(); });
  } else if (files[url]) {
    response.setHeader("content-type", files[url][1]);
    response.end(fs.readFileSync(path.join(__dirname, files[url][0])));
  } else {
    response.writeHead(404).end();
  }
});

// Which transport a word came by is what the server knows best.
new Server(server, { maxHttpBufferSize: 1 << 22 }).on("connection", (socket) => {
  socket.on("say", (text, reply) => reply(text.toUpperCase(), socket.conn.transport.name));
  socket.on("size", (bytes, reply) => reply(bytes.length));
  socket.on("leave", () => socket.disconnect(true));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
