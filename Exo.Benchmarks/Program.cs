using Exo.Benchmarks;

return args switch
{
    ["engine", var folder, .. var rest] => EngineFigures.Run(folder, rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        Exo.Benchmarks: figures beside limits and peers of the same run.

          engine FOLDER [THREADS]    prefill and decode of a model folder against measured bandwidth and peak arithmetic
        """);
    return 2;
}
