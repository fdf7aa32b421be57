namespace Exo.Grains.Tests.Silo;

/// <summary>Tests with silos as processes: one after the other, because they measure how fast a loss is noticed.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SiloProcesses
{
    public const string Name = "silo processes";
}
