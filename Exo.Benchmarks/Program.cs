using Exo.Benchmarks.Engine;
using Exo.Benchmarks.Hub;
using Exo.Benchmarks.Loading;
using Exo.Benchmarks.Quality;
using Exo.Benchmarks.Stepping;

return args switch
{
    ["engine", "peer", var peer, .. var models] => PeerFigures.Run(peer, models),
    ["engine", "tiles"] => TileFigures.Run(),
    ["engine", "kernels", .. var rest] => KernelFigures.Run(rest),
    ["engine", "products", .. var rest] => KernelBenchmarks.Run(rest),
    ["engine", var folder, .. var rest] => EngineFigures.Run(folder, rest),
    ["quality", var model, var text] => QualityFigures.Run(model, text),
    ["load", var model] => await LoadFigures.RunAsync(model),
    ["overhead", var model, .. var rest] => await OverheadFigures.RunAsync(model, rest),
    ["hub", "throttled", .. var rest] => await ThrottledFigures.RunAsync(rest),
    ["hub", "loopback", .. var rest] => await LoopbackFigures.RunAsync(rest),
    ["hub", "lateness", .. var rest] => await LatenessFigures.RunAsync(rest),
    ["hub", "kills", .. var rest] => await KillFigures.RunAsync(rest),
    [HubProcess.Verb, .. var rest] => await HubProcess.ServeAsync(rest),
    [PullProcess.Verb, .. var rest] => await PullProcess.PullAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        Exo.Benchmarks: figures beside limits and peers of the same run.

          engine FOLDER [THREADS]       prefill and decode of a model folder against measured bandwidth and peak arithmetic
          engine kernels [THREADS] [TYPE]  products alone, for every format and instruction set
          engine products [OPTIONS]     one product of each format by BenchmarkDotNet: times, their spread and what is allocated; OPTIONS are its own
          engine tiles                  the innermost loops alone, one thread, from the first-level cache
          engine peer FOLDER MODEL...   Exo and llama.cpp on the same GGUF files, taking turns (--short: without 4,096 tokens of context); FOLDER holds bench.mjs and node-llama-cpp, or is - for Exo alone
          quality MODEL TEXT            perplexity and KL divergence of each format against the model as it is, on a held-out text
          load MODEL                    a load from a cold page cache beside a plain sequential read of the same files
          overhead MODEL [THREADS]      a token through scheduler, sampling and text beside the kernels alone, and what it allocates
          hub throttled [MB] [FILES]    a pull from a hub that gives each connection 20 MB/s, against aria2c -x16
          hub loopback [MB] [N...]      N connections (1 and 16) as fast as they go, against curl | sha256sum
          hub lateness [MB] [N]         how late timers and pool items run while N ranges (16) land, hash and write
          hub kills [COUNT]             a pull killed again and again: what each kill costs
        """);
    return 2;
}
