using Exo.Grains.Wire;

namespace Exo.Grains.Shards;

/// <summary>Where a shard's results go. None of the calls waits or throws.</summary>
internal interface IStepRoute
{
    /// <summary>Hands a step to the next shard.</summary>
    void Forward(StepFrame step);

    /// <summary>The last shard is through with a step.</summary>
    void Complete(StepFrame output);

    /// <summary>A step failed; others go on.</summary>
    void Fail(long step, string reason);
}
