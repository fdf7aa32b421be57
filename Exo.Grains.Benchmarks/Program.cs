using Exo.Grains.Benchmarks.Hops;
using Exo.Grains.Benchmarks.Losses;
using Exo.Grains.Benchmarks.Mission;
using Exo.Grains.Benchmarks.Nodes;

return args switch
{
    ["hops", var folder, .. var rest] => await HopFigures.RunAsync(folder, rest),
    ["split", var folder, .. var rest] => await SplitFigures.RunAsync(folder, rest),
    ["kills", .. var rest] => await LossFigures.KillsAsync(rest),
    ["chaos", .. var rest] => await LossFigures.ChaosAsync(rest),
    ["mission", .. var rest] => await MissionFigures.RunAsync(rest),
    [MissionHub.Verb, .. var rest] => await MissionHub.ServeAsync(rest),
    [TcpEcho.Verb, .. var rest] => await TcpEcho.ServeAsync(rest),
    [NodeProcess.Verb, .. var rest] => await NodeProcess.ServeAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        Exo.Grains.Benchmarks: what the cluster costs, beside limits of the same run. Silos are processes on this machine.

          hops FOLDER [TOKENS] [ROUNDS]     what a token pays for each shard more, its layers computing nothing, beside a TCP ping-pong of the same bytes
          split FOLDER [TOKENS] [THREADS]   decoding on one silo, and on two with half the threads each
          mission [SECONDS]                 grain calls and tokens while a silo downloads flat out from a throttled, failing hub
          kills [MOMENTS] [SEED] [LOSS]     silos killed, frozen and stopped in mid-answer (LOSS: kill, freeze or terminate alone): every answer stays, and how
                                            long its reader waits
          chaos [SECONDS] [SEED]            three to six silos that come, go, die and freeze under eight streams
        """);
    return 2;
}
