using Exo.Engine.Generation;
using Exo.Grains.Models;

namespace Exo.Grains.Generation;

/// <summary>
/// Holds an answer to the context that it began with, on whichever deployment it goes on: a longer one doesn't make it longer, a shorter one doesn't end
/// it sooner without a word. Pure.
/// </summary>
/// <param name="deployment">The deployment that answers.</param>
/// <param name="began">The context of the one that began the answer; null where this one does.</param>
internal sealed class AnswerRoom(Deployment deployment, int? began)
{
    /// <summary>Tokens that prompt and answer together may have.</summary>
    public int ContextLength => began ?? deployment.ContextLength;

    /// <summary>The request, with the end that it would have had.</summary>
    /// <exception cref="ModelRefusedException">What is known of the answer has no room already.</exception>
    public GenerationRequest Hold(GenerationRequest request)
    {
        if (began is null) return request;
        if (request.Prompt.Count + request.Known.Count > deployment.ContextLength) throw CutShort();
        return request with { MaxTokens = Math.Min(request.MaxTokens ?? int.MaxValue, ContextLength - request.Prompt.Count) };
    }

    /// <summary>What the engine tells, unless it ends the answer for want of context that there was when it began.</summary>
    /// <exception cref="ModelRefusedException">It does.</exception>
    public GenerationEvent Checked(GenerationRequest held, GenerationEvent next) =>
        began is not null && next.FinishReason == FinishReason.Length && held.Prompt.Count + (long)held.MaxTokens!.Value > deployment.ContextLength ? throw CutShort() : next;

    private ModelRefusedException CutShort() => new(
        Api.ExoErrorKind.OutOfMemory,
        $"the answer of {deployment.Model} can't go on as it began: a machine was lost, and of the {began} tokens of context that it had, those that are left "
        + $"({string.Join(", ", deployment.Shards.Select(shard => shard.Node).Distinct())}) have memory for {deployment.ContextLength}. "
        + "Free memory there or add a node and ask again, or ask for less");
}
