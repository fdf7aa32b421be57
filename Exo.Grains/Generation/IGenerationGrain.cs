using Exo.Grains.Models;
using Exo.Grains.Wire;
using Exo.Grains.Shards;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Exo.Grains.Generation;

/// <summary>
/// Answers with one deployment: hosts the scheduler over its chain of shards. Pinned to the first shard's node. Key: "node|model|epoch".
/// It dies with its deployment; whoever reads an answer resumes it on the next one.
/// </summary>
[Alias("exo.IGenerationGrain")]
public interface IGenerationGrain : IGrainWithStringKey
{
    /// <summary>Takes on a deployment whose shards are all ready. Opening again changes nothing.</summary>
    [Alias("Open")]
    Task OpenAsync(Deployment deployment, CancellationToken cancellationToken = default);

    /// <summary>
    /// Answers. Leaving the enumeration or cancelling ends the answer and frees its KV blocks within a step. A resumed answer begins again with its
    /// first event, computed from the tokens that are known; the reader passes over what it has.
    /// </summary>
    /// <exception cref="ShardLostException">The deployment is gone; ask the model's grain for the next one.</exception>
    /// <exception cref="ModelRefusedException">The request can't be served, or the answer has no room to go on here.</exception>
    [Alias("Answer"), AlwaysInterleave]
    IAsyncEnumerable<AnswerPart> AnswerAsync(AnswerCall call, CancellationToken cancellationToken = default);

    /// <summary>A step is through: the last shard says what came of it.</summary>
    [Alias("Complete"), AlwaysInterleave, OneWay]
    Task CompleteAsync(StepFrame output);

    /// <summary>A step failed on its way.</summary>
    /// <param name="step">Its number.</param>
    /// <param name="reason">In words.</param>
    /// <param name="lost">A shard is gone, and the deployment with it; otherwise this step alone failed.</param>
    [Alias("Fail"), AlwaysInterleave]
    Task FailAsync(long step, string reason, bool lost);

    /// <summary>What the scheduler holds: zero blocks in use when nothing is being answered.</summary>
    [Alias("GetLoad"), AlwaysInterleave]
    Task<GenerationLoad> GetLoadAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends all answers; their readers resume elsewhere.</summary>
    [Alias("Close"), AlwaysInterleave]
    Task CloseAsync(CancellationToken cancellationToken = default);
}

/// <summary>Asks for an answer.</summary>
/// <param name="RequestJson">An <c>Exo.Api.AnswerRequest</c> with its seed set, as JSON: its shape is the service contract's, not the cluster's.</param>
/// <param name="Known">The answer's tokens so far, where it is resumed.</param>
/// <param name="Reader">The silo that reads the answer: when it leaves the cluster the answer ends. Null for readers outside.</param>
/// <param name="ContextLength">The context of the deployment that began the answer, where it is resumed: it ends where it would have ended there.</param>
[GenerateSerializer, Immutable, Alias("exo.AnswerCall")]
public sealed record AnswerCall([property: Id(0)] string RequestJson, [property: Id(1)] int[] Known, [property: Id(2)] SiloAddress? Reader = null, [property: Id(3)] int? ContextLength = null);

/// <summary>A part of an answer.</summary>
/// <param name="EventJson">An <c>Exo.Api.AnswerEvent</c> as JSON.</param>
[GenerateSerializer, Immutable, Alias("exo.AnswerPart")]
public sealed record AnswerPart([property: Id(0)] byte[] EventJson);

/// <summary>What a generation grain is busy with.</summary>
/// <param name="Waiting">Sequences that the scheduler has not begun.</param>
/// <param name="Running">Sequences that take part in its steps.</param>
/// <param name="StepsInFlight">Steps somewhere on the chain.</param>
/// <param name="KvBlocksInUse">Held by sequences.</param>
/// <param name="KvBlocksCached">Kept for prompts that begin alike; given away when they are needed.</param>
/// <param name="KvBlocks">All there are.</param>
/// <param name="CompletionTokens">Chosen since it was opened.</param>
/// <param name="Answers">Under way, from the call to the last token's choice: those too that are not with the scheduler yet.</param>
/// <param name="Loss">Why it answers no more: its chain is lost, or it was never opened here. Null while it answers.</param>
[GenerateSerializer, Immutable, Alias("exo.GenerationLoad")]
public sealed record GenerationLoad(
    [property: Id(0)] int Waiting,
    [property: Id(1)] int Running,
    [property: Id(2)] int StepsInFlight,
    [property: Id(3)] int KvBlocksInUse,
    [property: Id(4)] int KvBlocksCached,
    [property: Id(5)] int KvBlocks,
    [property: Id(6)] long CompletionTokens,
    [property: Id(8)] int Answers = 0,
    [property: Id(7)] string? Loss = null);
