using System.Globalization;
using System.Numerics;
using Exo.Api;
using Exo.Client.Commands;
using Exo.Client.Run;

namespace Exo.Client.Chat;

/// <summary>What /set can change.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Show">The value in words; null where it is the model's own.</param>
/// <param name="Change">The options with a new value; null text takes it back. Throws <see cref="ExoException"/> where the value is none.</param>
internal sealed record ChatSetting(string Name, Func<RunOptions, string?> Show, Func<RunOptions, string?, RunOptions> Change)
{
    public static IReadOnlyList<ChatSetting> All { get; } =
    [
        new("system", options => options.System, (options, text) => options with { System = text }),
        Sampling(Parameters.Temperature, settings => settings.Temperature, (settings, value) => settings with { Temperature = value }),
        Sampling(Parameters.TopK, settings => settings.TopK, (settings, value) => settings with { TopK = value }),
        Sampling(Parameters.TopP, settings => settings.TopP, (settings, value) => settings with { TopP = value }),
        Sampling(Parameters.MinP, settings => settings.MinP, (settings, value) => settings with { MinP = value }),
        Sampling(Parameters.RepeatPenalty, settings => settings.RepeatPenalty, (settings, value) => settings with { RepeatPenalty = value }),
        Sampling(Parameters.PresencePenalty, settings => settings.PresencePenalty, (settings, value) => settings with { PresencePenalty = value }),
        Sampling(Parameters.FrequencyPenalty, settings => settings.FrequencyPenalty, (settings, value) => settings with { FrequencyPenalty = value }),
        Sampling(Parameters.Seed, settings => settings.Seed, (settings, value) => settings with { Seed = value }),
        Number(Parameters.MaxTokens, options => options.MaxTokens, (options, value) => options with { MaxTokens = value }),
        new("stop", options => options.Stop.Count == 0 ? null : string.Join(", ", options.Stop), (options, text) => options with { Stop = text is null ? [] : [text] }),
        new("verbose", options => options.Verbose ? "on" : null, (options, text) => options with { Verbose = IsOn(text) }),
    ];

    /// <summary>The setting of that name; '_' counts as '-'.</summary>
    public static ChatSetting? Find(string name) => All.FirstOrDefault(setting => setting.Name == name.Replace('_', '-').TrimStart('-').ToLowerInvariant());

    private static ChatSetting Sampling<T>(NumberRule<T> rule, Func<SamplingSettings, T?> get, Func<SamplingSettings, T?, SamplingSettings> set)
        where T : struct, INumber<T> => Number(rule, options => get(options.Sampling), (options, value) => options with { Sampling = set(options.Sampling, value) });

    private static ChatSetting Number<T>(NumberRule<T> rule, Func<RunOptions, T?> get, Func<RunOptions, T?, RunOptions> set)
        where T : struct, INumber<T> => new(
            rule.Name,
            options => get(options)?.ToString(null, CultureInfo.InvariantCulture),
            (options, text) => set(options, text is null ? null : rule.TryParse(text, out var value) ? value : throw Refuse($"{rule.Name} takes {rule.Allowed}, not '{text}'")));

    private static bool IsOn(string? text) => text switch
    {
        "on" or "true" or "1" => true,
        null or "off" or "false" or "0" => false,
        _ => throw Refuse($"verbose is on or off, not '{text}'"),
    };

    private static ExoException Refuse(string message) => new(ExoErrorKind.BadRequest, message);
}
