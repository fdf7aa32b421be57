namespace Exo.Engine.Chat.Jinja;

/// <summary>What a call hands over: values by position, then by name.</summary>
internal sealed record Arguments(IReadOnlyList<Value> Positional, IReadOnlyDictionary<string, Value> Named)
{
    private static readonly Dictionary<string, Value> NoNames = [];

    public static readonly Arguments None = new([], NoNames);

    public static Arguments Of(params Value[] positional) => new(positional, NoNames);

    /// <summary>The same with one more name, which must be new.</summary>
    public Arguments With(string name, Value value) => new(Positional, new Dictionary<string, Value>(Named) { { name, value } });
}
