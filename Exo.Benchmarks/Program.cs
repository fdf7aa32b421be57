using Exo.Benchmarks.Engine;
using Exo.Benchmarks.Hub;

return args switch
{
    ["engine", var folder, .. var rest] => EngineFigures.Run(folder, rest),
    ["hub", "throttled", .. var rest] => await ThrottledFigures.RunAsync(rest),
    ["hub", "loopback", .. var rest] => await LoopbackFigures.RunAsync(rest),
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
          hub throttled [MB] [FILES]    a pull from a hub that gives each connection 20 MB/s, against aria2c -x16
          hub loopback [MB]             one stream as fast as it goes, against curl | sha256sum; lateness of timers meanwhile
          hub kills [COUNT]             a pull killed again and again: what each kill costs
        """);
    return 2;
}
