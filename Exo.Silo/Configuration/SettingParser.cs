using System.Globalization;
using System.Net;
using Exo.Grains.Pinning;

namespace Exo.Silo.Configuration;

/// <summary>Makes values of single settings' texts, whatever they are for. What makes no sense is refused with the setting's name and the remedy.</summary>
internal sealed class SettingParser(SettingValues values)
{
    private const int LongestWaitSeconds = 3600;

    /// <inheritdoc cref="SettingValues.this"/>
    public string? this[SettingKey key] => values[key];

    /// <inheritdoc cref="SettingValues.Spelled"/>
    public string Spelled(SettingKey key) => values.Spelled(key);

    /// <summary>A name, as nodes and clusters have them.</summary>
    public string? Word(SettingKey key) => values[key] is not { } text || NodeKey.IsName(text)
        ? values[key]
        : throw Refuse(key, "give 1 to 63 letters, digits, dots, dashes or underscores, the first a letter or digit");

    /// <summary>A port; null where none is given.</summary>
    /// <param name="key">The setting.</param>
    /// <param name="least">The lowest port that makes sense.</param>
    public int? Port(SettingKey key, int least)
    {
        if (values[key] is not { } text) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port >= least && port <= IPEndPoint.MaxPort
            ? port
            : throw Refuse(key, $"give a port, {least} to {IPEndPoint.MaxPort}, or leave it out");
    }

    /// <summary>The full path of a file that is there; null where none is given.</summary>
    public string? ExistingFile(SettingKey key)
    {
        if (values[key] is not { } path) return null;
        var full = Path.GetFullPath(path);
        return File.Exists(full) ? full : throw values.Refuse(key, $"names {full}", "there is no such file, or it may not be read; give one that is there");
    }

    /// <param name="key">The setting.</param>
    /// <param name="otherwise">Seconds where it isn't set.</param>
    /// <param name="least">The fewest that make sense.</param>
    public TimeSpan Seconds(SettingKey key, int otherwise, int least = 0)
    {
        if (values[key] is not { } text) return TimeSpan.FromSeconds(otherwise);
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds >= least && seconds <= LongestWaitSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw Refuse(key, $"give seconds, {least} to {LongestWaitSeconds}");
    }

    public bool Switch(SettingKey key) => values[key]?.ToUpperInvariant() switch
    {
        null or "0" or "FALSE" or "NO" or "OFF" => false,
        "1" or "TRUE" or "YES" or "ON" => true,
        _ => throw Refuse(key, "give true or false"),
    };

    /// <summary>What stands between commas.</summary>
    public static string[] List(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A complaint about a value that makes no sense.</summary>
    public SettingException Refuse(SettingKey key, string remedy, Exception? inner = null) => values.Refuse(key, $"is '{values[key]}'", remedy, inner);

    /// <inheritdoc cref="SettingValues.Refuse"/>
    public SettingException Complain(SettingKey key, string what, string remedy, Exception? inner = null) => values.Refuse(key, what, remedy, inner);
}
