namespace Exo.Silo.Configuration;

/// <summary>A setting, and how it is spelled in each place that may give it.</summary>
/// <param name="Name">Words with dashes: "silo-port".</param>
/// <param name="ValueName">What stands for the value in the help; null where the setting is on or off.</param>
/// <param name="Description">One line for the help, with the default.</param>
internal sealed record SettingKey(string Name, string? ValueName, string Description)
{
    /// <summary>The section of appsettings.json.</summary>
    public const string Section = "Exo";

    private const string VariablePrefix = "EXO_";

    public bool IsSwitch => ValueName is null;

    /// <summary>"--silo-port"</summary>
    public string Option => "--" + Name;

    /// <summary>"EXO_SILO_PORT"</summary>
    public string Variable => VariablePrefix + Name.ToUpperInvariant().Replace('-', '_');

    /// <summary>"Exo:SiloPort"; configuration keys know no case.</summary>
    public string Path => $"{Section}:{string.Concat(Name.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]))}";
}
