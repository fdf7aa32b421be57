namespace Exo.Engine.Chat.Jinja;

/// <summary>
/// The parameters of a builtin, written like "old, new, count?": a question mark where one may be left out, "*" where more may follow by
/// position, "**" where more may follow by name, and "/" if none of these can be given by name.
/// </summary>
internal sealed class Parameters
{
    private readonly string _owner;
    private readonly string[] _names;
    private readonly int _required;
    private readonly bool _takesMore;
    private readonly bool _takesMoreNamed;
    private readonly bool _isPositionalOnly;

    public Parameters(string owner, string description)
    {
        var parts = description.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        _owner = owner;
        _takesMore = parts.Contains("*");
        _takesMoreNamed = parts.Contains("**");
        _isPositionalOnly = parts.Contains("/");
        string[] named = [.. parts.Where(part => part[0] is not ('*' or '/'))];
        _names = [.. named.Select(part => part.TrimEnd('?'))];
        _required = named.Count(part => part[^1] != '?');
    }

    public string Name(int index) => _names[index];

    /// <summary>The arguments in the order of the parameters; null where one was left out.</summary>
    /// <exception cref="TemplateError">One missing, one too many, an unknown name, a value given twice.</exception>
    public Value?[] Bind(Arguments arguments)
    {
        var bound = new Value?[_names.Length];
        if (arguments.Positional.Count > bound.Length && !_takesMore)
            throw new TemplateError($"{_owner} takes at most {bound.Length} argument(s), {arguments.Positional.Count} given");
        for (var i = 0; i < Math.Min(bound.Length, arguments.Positional.Count); i++) bound[i] = arguments.Positional[i];
        if (arguments.Named.Count > 0) BindNamed(arguments, bound);
        for (var i = 0; i < _required; i++)
        {
            if (bound[i] is null) throw new TemplateError($"{_owner} needs the argument '{_names[i]}'");
        }

        return bound;
    }

    private void BindNamed(Arguments arguments, Value?[] bound)
    {
        foreach (var (name, value) in arguments.Named)
        {
            var index = _isPositionalOnly ? -1 : Array.IndexOf(_names, name);
            if (index >= 0 && bound[index] is not null) throw new TemplateError($"{_owner} got two values for '{name}'");
            if (index >= 0) bound[index] = value;
            else if (!_takesMoreNamed) throw new TemplateError($"{_owner} takes no argument named '{name}'");
        }
    }
}
