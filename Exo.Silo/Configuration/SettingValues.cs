using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Configuration.Memory;

namespace Exo.Silo.Configuration;

/// <summary>The settings as texts: the command line's before EXO_… variables before appsettings.json, and where each came from.</summary>
internal sealed class SettingValues
{
    private readonly IConfigurationRoot _root;
    private readonly IConfigurationProvider _commandLine;
    private readonly IConfigurationProvider _variables;

    private SettingValues(IConfigurationRoot root)
    {
        _root = root;
        var memory = root.Providers.OfType<MemoryConfigurationProvider>().ToArray();
        (_variables, _commandLine) = (memory[0], memory[1]);
    }

    /// <param name="commandLine">Option to value, like "--name"; options that weren't given are left out.</param>
    /// <param name="variable">Gives an environment variable's value or null.</param>
    /// <param name="folders">Where appsettings.json may lie; the later one wins.</param>
    /// <exception cref="SettingException">A file is no JSON, or sets what there is not.</exception>
    public static SettingValues Read(IReadOnlyDictionary<string, string> commandLine, Func<string, string?> variable, params IEnumerable<string> folders)
    {
        var builder = new ConfigurationBuilder();
        foreach (var folder in folders.Distinct()) builder.AddJsonFile(Path.Combine(folder, "appsettings.json"), optional: true);
        builder.AddInMemoryCollection(SettingKeys.All.Select(key => KeyValuePair.Create(key.Path, NullIfEmpty(variable(key.Variable)))).Where(pair => pair.Value is not null));
        builder.AddInMemoryCollection(SettingKeys.All.Where(key => commandLine.ContainsKey(key.Option)).Select(key => KeyValuePair.Create(key.Path, (string?)commandLine[key.Option])));
        try
        {
            var root = builder.Build();
            RefuseUnknown(root);
            return new SettingValues(root);
        }
        catch (InvalidDataException broken)
        {
            throw new SettingException($"{broken.Message} {broken.InnerException?.Message} Mend the file or take it away.", broken);
        }
    }

    /// <summary>The value, or null where nobody gave one.</summary>
    public string? this[SettingKey key] => NullIfEmpty(_root[key.Path]);

    /// <summary>The setting as whoever set it spelled it, so that they find it again.</summary>
    public string Spelled(SettingKey key)
    {
        var source = _root.Providers.LastOrDefault(provider => provider.TryGet(key.Path, out var value) && NullIfEmpty(value) is not null);
        if (source == _variables) return key.Variable;
        return source is JsonConfigurationProvider file ? $"{key.Path} in {FullPath(file)}" : key.Option;
    }

    /// <summary>A complaint about a setting: what it is, and what to do.</summary>
    public SettingException Refuse(SettingKey key, string what, string remedy, Exception? inner = null) => new($"{Spelled(key)} {what}: {remedy}", inner);

    private static string FullPath(JsonConfigurationProvider file) => file.Source.FileProvider!.GetFileInfo(file.Source.Path!).PhysicalPath ?? file.Source.Path!;

    private static void RefuseUnknown(IConfigurationRoot root)
    {
        var known = SettingKeys.All.Select(key => key.Path).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in root.GetSection(SettingKey.Section).GetChildren())
        {
            if (known.Contains(entry.Path)) continue;
            throw new SettingException($"{entry.Path} in appsettings.json is no setting: the settings are {string.Join(", ", SettingKeys.All.Select(key => key.Path[(SettingKey.Section.Length + 1)..]))}");
        }
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
