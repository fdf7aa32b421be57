using System.Globalization;
using System.Numerics;
using Exo.Api;
using Exo.Client.Commands;
using Exo.Client.Run;

namespace Exo.Client.Chat;

/// <summary>What /set can change.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Show">The value in words; null where it is the model's own.</param>
/// <param name="Default">What applies where nothing was set, in words.</param>
/// <param name="Change">The options with a new value; null text takes it back. Throws <see cref="ExoException"/> where the value is none.</param>
internal sealed record ChatSetting(string Name, Func<RunOptions, string?> Show, Func<LoadedModelInfo, string> Default, Func<RunOptions, string?, RunOptions> Change)
{
    public static IReadOnlyList<ChatSetting> All { get; } =
    [
        new("system", options => options.System, _ => "none", (options, text) => options with { System = text }),
        Sampling(Parameters.Temperature, settings => settings.Temperature, (settings, value) => settings with { Temperature = value }),
        Sampling(Parameters.TopK, settings => settings.TopK, (settings, value) => settings with { TopK = value }),
        Sampling(Parameters.TopP, settings => settings.TopP, (settings, value) => settings with { TopP = value }),
        Sampling(Parameters.MinP, settings => settings.MinP, (settings, value) => settings with { MinP = value }),
        Sampling(Parameters.RepeatPenalty, settings => settings.RepeatPenalty, (settings, value) => settings with { RepeatPenalty = value }),
        Sampling(Parameters.PresencePenalty, settings => settings.PresencePenalty, (settings, value) => settings with { PresencePenalty = value }),
        Sampling(Parameters.FrequencyPenalty, settings => settings.FrequencyPenalty, (settings, value) => settings with { FrequencyPenalty = value }),
        Number(Parameters.Seed, options => options.Sampling.Seed, _ => "drawn anew", (options, value) => options with { Sampling = options.Sampling with { Seed = value } }),
        Number(Parameters.MaxTokens, options => options.MaxTokens, model => string.Create(CultureInfo.InvariantCulture, $"until the model ends, in a context of {model.ContextLength}"), (options, value) => options with { MaxTokens = value }),
        new("stop", options => options.Stop.Count == 0 ? null : string.Join(", ", options.Stop), _ => "none", (options, text) => options with { Stop = text is null ? [] : [text] }),
        new("verbose", options => options.Verbose ? "on" : null, _ => "off", (options, text) => options with { Verbose = IsOn(text) }),
    ];

    /// <summary>The setting of that name; '_' counts as '-'.</summary>
    public static ChatSetting? Find(string name) => All.FirstOrDefault(setting => setting.Name == name.Replace('_', '-').TrimStart('-').ToLowerInvariant());

    private static ChatSetting Sampling<T>(NumberRule<T> rule, Func<SamplingSettings, T?> get, Func<SamplingSettings, T?, SamplingSettings> set)
        where T : struct, INumber<T> => Number(rule, options => get(options.Sampling), model => Text(get(model.Sampling)) ?? "the model's", (options, value) => options with { Sampling = set(options.Sampling, value) });

    private static ChatSetting Number<T>(NumberRule<T> rule, Func<RunOptions, T?> get, Func<LoadedModelInfo, string> otherwise, Func<RunOptions, T?, RunOptions> set)
        where T : struct, INumber<T> => new(
            rule.Name,
            options => Text(get(options)),
            otherwise,
            (options, text) => set(options, text is null ? null : rule.TryParse(text, out var value) ? value : throw Refuse($"{rule.Name} takes {rule.Allowed}, not '{text}'")));

    private static string? Text<T>(T? value) where T : struct, INumber<T> => value?.ToString(null, CultureInfo.InvariantCulture);

    private static bool IsOn(string? text) => text switch
    {
        "on" or "true" or "1" => true,
        null or "off" or "false" or "0" => false,
        _ => throw Refuse($"verbose is on or off, not '{text}'"),
    };

    private static ExoException Refuse(string message) => new(ExoErrorKind.BadRequest, message);
}
