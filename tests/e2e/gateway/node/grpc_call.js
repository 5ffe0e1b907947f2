// One unary call; prints its status as JSON.
const grpc = require("@grpc/grpc-js");

const [address, authority] = process.argv.slice(2);
const client = new grpc.Client(address, grpc.credentials.createInsecure(), { "grpc.default_authority": authority, "grpc.enable_retries": 0 });
const same = (bytes) => bytes;
client.makeUnaryRequest("/test.Echo/Say", same, same, Buffer.from("x"), new grpc.Metadata(), { deadline: Date.now() + 10000 }, (error) => {
  console.log(JSON.stringify({ code: error?.code ?? 0, details: error?.details }));
  client.close();
});
