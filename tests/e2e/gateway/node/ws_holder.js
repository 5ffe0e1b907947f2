// A client by ws that holds a connection until it hears of its end: `ws_holder.js URL`. Prints when it is open, and how and when it ended.
const { WebSocket } = require("ws");

const lookup = (name, options, done) => (options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4));
const socket = new WebSocket(process.argv[2], { lookup });
socket.on("error", () => {});
socket.on("open", () => { socket.send("hold"); console.log(JSON.stringify({ open: true })); });
socket.on("close", (code) => { console.log(JSON.stringify({ code, at: Date.now() })); });
