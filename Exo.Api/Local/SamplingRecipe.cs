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
        var picked = new SamplingSettings
        {
            Temperature = options.Temperature,
            TopK = options.TopK,
            TopP = options.TopP,
            MinP = options.MinP,
            RepeatPenalty = options.RepetitionPenalty,
            PresencePenalty = options.PresencePenalty,
            FrequencyPenalty = options.FrequencyPenalty,
        };
        return Refusal(picked) is { } refusal ? throw new ExoException(ExoErrorKind.BadRequest, $"{refusal.Name} {refusal.Problem}") : options;
    }

    /// <summary>The first value that is out of its range, and what is wrong with it; null where none is. What is left open is right.</summary>
    public static (string Name, string Problem)? Refusal(SamplingSettings settings) =>
        Refusal("temperature", settings.Temperature, value => value is >= 0 and <= 100, "goes from 0 to 100")
        ?? Refusal("top_k", settings.TopK, value => value >= 0, "is 0 or more")
        ?? Refusal("top_p", settings.TopP, value => value is > 0 and <= 1, "is above 0 and at most 1")
        ?? Refusal("min_p", settings.MinP, value => value is >= 0 and <= 1, "goes from 0 to 1")
        ?? Refusal("repeat_penalty", settings.RepeatPenalty, value => value is > 0 and <= 1000, "is above 0 and at most 1000")
        ?? Refusal("presence_penalty", settings.PresencePenalty, float.IsFinite, "is a number")
        ?? Refusal("frequency_penalty", settings.FrequencyPenalty, float.IsFinite, "is a number");

    private static (string, string)? Refusal(string name, float? value, Func<float, bool> isAllowed, string allowed) =>
        value is { } given && !isAllowed(given) ? (name, FormattableString.Invariant($"{allowed}, it can't be {given}")) : null;
}
