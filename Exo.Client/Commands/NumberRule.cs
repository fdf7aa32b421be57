using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;

namespace Exo.Client.Commands;

/// <summary>A number that people give, on the command line or in a chat, and its limits.</summary>
/// <param name="Name">"temperature", "top-k": the option's name without its dashes.</param>
/// <param name="Placeholder">What stands for the value in the help.</param>
/// <param name="Allowed">"a number from 0 to 1": ends the sentence "top-p takes …".</param>
internal sealed record NumberRule<T>(string Name, string Placeholder, string Description, string Allowed, Func<T, bool> IsAllowed)
    where T : struct, INumber<T>
{
    public bool TryParse(string text, out T value) =>
        T.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && IsAllowed(value);

    /// <summary>The rule as an option of a command.</summary>
    public Option<T?> AsOption() => new("--" + Name) { Description = Description, HelpName = Placeholder, CustomParser = Parse };

    private T? Parse(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (TryParse(text, out var value)) return value;
        result.AddError($"--{Name} takes {Allowed}, not '{text}'");
        return null;
    }
}
