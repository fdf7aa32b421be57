using Exo.Engine.Generation;
using Exo.Engine.Models;

namespace Exo.Api.Local;

/// <summary>
/// How tokens are picked where a request leaves it open. A model that brings a recipe of its own is taken at its word, whole: what it
/// doesn't mention is off. One that brings none gets Exo's.
/// </summary>
internal static class SamplingRecipe
{
    private static readonly SamplingSettings Exos = new() { Temperature = 0.8f, TopK = 0, TopP = 0.95f, MinP = 0.05f, RepeatPenalty = 1, PresencePenalty = 0, FrequencyPenalty = 0 };

    /// <summary>The model's recipe: every value but the seed is set.</summary>
    public static SamplingSettings Of(GenerationDefaults model)
    {
        if (model.DoSample == false) return Exos with { Temperature = 0, TopP = 1, MinP = 0, RepeatPenalty = model.RepetitionPenalty ?? 1 };
        if (model is { Temperature: null, TopK: null, TopP: null, MinP: null }) return Exos with { RepeatPenalty = model.RepetitionPenalty ?? 1 };
        return Exos with
        {
            Temperature = model.Temperature ?? 1,
            TopK = model.TopK ?? 0,
            TopP = model.TopP ?? 1,
            MinP = model.MinP ?? 0,
            RepeatPenalty = model.RepetitionPenalty ?? 1,
        };
    }

    /// <summary>A request's settings over the model's recipe; a seed is drawn where none is given.</summary>
    /// <exception cref="ExoException">A value is out of its range.</exception>
    public static SamplingOptions Apply(SamplingSettings asked, SamplingSettings recipe)
    {
        var options = new SamplingOptions
        {
            Temperature = asked.Temperature ?? recipe.Temperature!.Value,
            TopK = asked.TopK ?? recipe.TopK!.Value,
            TopP = asked.TopP ?? recipe.TopP!.Value,
            MinP = asked.MinP ?? recipe.MinP!.Value,
            RepetitionPenalty = asked.RepeatPenalty ?? recipe.RepeatPenalty!.Value,
            PresencePenalty = asked.PresencePenalty ?? recipe.PresencePenalty!.Value,
            FrequencyPenalty = asked.FrequencyPenalty ?? recipe.FrequencyPenalty!.Value,
            Seed = asked.Seed ?? (ulong)Random.Shared.NextInt64(1L << 32),
        };
        Check("temperature", options.Temperature, options.Temperature is >= 0 and <= 100);
        Check("top_k", options.TopK, options.TopK >= 0);
        Check("top_p", options.TopP, options.TopP is > 0 and <= 1);
        Check("min_p", options.MinP, options.MinP is >= 0 and <= 1);
        Check("repeat_penalty", options.RepetitionPenalty, options.RepetitionPenalty is > 0 and <= 1000);
        Check("presence_penalty", options.PresencePenalty, float.IsFinite(options.PresencePenalty));
        Check("frequency_penalty", options.FrequencyPenalty, float.IsFinite(options.FrequencyPenalty));
        return options;
    }

    private static void Check(string name, float value, bool isAllowed)
    {
        if (!isAllowed) throw new ExoException(ExoErrorKind.BadRequest, FormattableString.Invariant($"{name} can't be {value}"));
    }
}
