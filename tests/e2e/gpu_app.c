// What an app computes on a GPU, by the driver alone: no toolkit is needed to build or to run it.
//   cuda squares COUNT   the sum of the squares below COUNT, from a kernel with one thread for each
//   cuda hold MIB        takes that much of the GPU's memory, says so, and keeps it
//   cuda free            how many MiB of the GPU's memory are free

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char* const kernel =
    ".version 7.0\n.target sm_75\n.address_size 64\n"
    ".visible .entry squares(.param .u64 total, .param .u32 count) {\n"
    "  .reg .pred %p; .reg .b32 %r<5>; .reg .b64 %d<4>;\n"
    "  mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x; mov.u32 %r3, %tid.x;\n"
    "  mad.lo.u32 %r1, %r1, %r2, %r3;\n"
    "  ld.param.u32 %r4, [count]; setp.ge.u32 %p, %r1, %r4; @%p ret;\n"
    "  mul.wide.u32 %d1, %r1, %r1;\n"
    "  ld.param.u64 %d2, [total]; cvta.to.global.u64 %d2, %d2;\n"
    "  atom.global.add.u64 %d3, [%d2], %d1;\n"
    "  ret;\n}\n";

static void* driver;

static void check(int result, const char* what) {
  if (result == 0) return;
  printf("%s: error %d\n", what, result);
  exit(1);
}

static int (*function(const char* name))() {
  int (*found)() = (int (*)())dlsym(driver, name);
  if (found == NULL) check(-1, name);
  return found;
}

#define CALL(name, ...) check(function(#name)(__VA_ARGS__), #name)

static void squares(unsigned count) {
  const unsigned threads = 256;
  unsigned long long total = 0, memory = 0;
  void *module, *entry;
  CALL(cuModuleLoadData, &module, kernel);
  CALL(cuModuleGetFunction, &entry, module, "squares");
  CALL(cuMemAlloc_v2, &memory, sizeof(total));
  CALL(cuMemcpyHtoD_v2, memory, &total, sizeof(total));
  void* arguments[] = {&memory, &count};
  CALL(cuLaunchKernel, entry, (count + threads - 1) / threads, 1, 1, threads, 1, 1, 0, (void*)NULL, arguments, (void**)NULL);
  CALL(cuMemcpyDtoH_v2, &total, memory, sizeof(total));
  printf("%llu\n", total);
}

int main(int argc, char** argv) {
  const char* verb = argc > 1 ? argv[1] : "";
  const unsigned long long number = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
  driver = dlopen("libcuda.so.1", RTLD_NOW);
  if (driver == NULL) {
    printf("%s\n", dlerror());
    return 1;
  }
  int device = 0;
  void* context = NULL;
  CALL(cuInit, 0U);
  CALL(cuDeviceGet, &device, 0);
  CALL(cuDevicePrimaryCtxRetain, &context, device);
  CALL(cuCtxSetCurrent, context);
  size_t free_bytes = 0, all_bytes = 0;
  unsigned long long memory = 0;
  if (strcmp(verb, "squares") == 0) {
    squares((unsigned)number);
  } else if (strcmp(verb, "hold") == 0) {
    CALL(cuMemAlloc_v2, &memory, (size_t)number << 20);
    printf("holding\n");
    fflush(stdout);
    pause();
  } else if (strcmp(verb, "free") == 0) {
    CALL(cuMemGetInfo_v2, &free_bytes, &all_bytes);
    printf("%zu\n", free_bytes >> 20);
  } else {
    return 2;
  }
  return 0;
}
