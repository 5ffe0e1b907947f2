// A gRPC server by @grpc/grpc-js, without code generation: messages are bytes. Prints its port, then a line for every cancellation.
const grpc = require("@grpc/grpc-js");

const bytes = { requestSerialize: (b) => b, requestDeserialize: (b) => b, responseSerialize: (b) => b, responseDeserialize: (b) => b };
const method = (name, requestStream, responseStream) => ({ path: `/test.Echo/${name}`, requestStream, responseStream, ...bytes });
const service = {
  Say: method("Say", false, false),
  Many: method("Many", false, true),
  Collect: method("Collect", true, false),
  Talk: method("Talk", true, true),
  Fail: method("Fail", false, false),
  Hang: method("Hang", false, true),
};

const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
server.addService(service, {
  Say(call, done) {
    const trailers = new grpc.Metadata();
    trailers.set("x-seen", String(call.metadata.get("x-tag")[0]));
    trailers.set("x-blob-bin", Buffer.from([0, 1, 255]));
    done(null, call.request, trailers);
  },
  Many(call) {
    for (let i = 0; i < 5; ++i) call.write(Buffer.from(`${call.request}${i}`));
    call.end();
  },
  Collect(call, done) {
    let size = 0;
    call.on("data", (piece) => (size += piece.length));
    call.on("end", () => done(null, Buffer.from(String(size))));
  },
  Talk(call) {
    call.on("data", (piece) => call.write(Buffer.from(piece.toString().toUpperCase())));
    call.on("end", () => call.end());
  },
  Fail(call, done) {
    done({ code: grpc.status.NOT_FOUND, details: "no such thing: 100 %" });
  },
  Hang(call) {
    call.write(Buffer.from("began"));
    call.on("cancelled", () => console.log(`cancelled ${call.request}`));
  },
});
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});
