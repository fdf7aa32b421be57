using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Exo.Engine.Chat.Jinja;

/// <summary>Turns the caller's JSON into values, and counts its characters.</summary>
internal sealed class JsonInput
{
    /// <summary>UTF-16 units of all texts and numbers read so far.</summary>
    public long Characters { get; private set; }

    /// <param name="what">What the node is, for the message.</param>
    /// <exception cref="TemplateError">JSON that cannot be read: a name twice in one object, a broken surrogate, too deep.</exception>
    public Value Read(JsonNode? node, string what)
    {
        try
        {
            return Read(node);
        }
        catch (Exception fault) when (fault is ArgumentException or InvalidOperationException or FormatException or JsonException)
        {
            throw new TemplateError($"{what} cannot be read: {fault.Message}");
        }
    }

    /// <param name="what">What each node is, for the message.</param>
    /// <exception cref="TemplateError">JSON that cannot be read.</exception>
    public ListValue ReadList(IReadOnlyList<JsonNode?> nodes, string what) =>
        new([.. nodes.Select((node, index) => Read(node, $"{what} {index + 1}"))]);

    public StringValue Text(string text)
    {
        Characters += text.Length;
        return new StringValue(text);
    }

    private Value Read(JsonNode? node)
    {
        Limits.GuardStack();
        return node switch
        {
            null => NoneValue.None,
            JsonObject properties => ReadObject(properties),
            JsonArray items => new ListValue([.. items.Select(Read)]),
            _ => ReadScalar(node.AsValue()),
        };
    }

    private DictValue ReadObject(JsonObject properties)
    {
        var entries = new OrderedDictionary<Value, Value>(properties.Count);
        foreach (var (name, value) in properties) entries.Add(Text(name), Read(value));
        return new DictValue(entries);
    }

    private Value ReadScalar(JsonValue scalar) => scalar.GetValueKind() switch
    {
        JsonValueKind.String when scalar.TryGetValue<string>(out var text) => Text(text),
        JsonValueKind.Number => ReadNumber(scalar.ToJsonString()),
        JsonValueKind.True => BoolValue.True,
        JsonValueKind.False => BoolValue.False,
        JsonValueKind.Null or JsonValueKind.Undefined => NoneValue.None,
        // Made in code from something else: a date, a character, a whole object.
        _ => Read(JsonNode.Parse(scalar.ToJsonString())),
    };

    private Value ReadNumber(string text)
    {
        Characters += text.Length;
        if (text.AsSpan().ContainsAny('.', 'e', 'E')) return new FloatValue(double.Parse(text, CultureInfo.InvariantCulture));
        if (text.Length > Limits.IntegerDigits) throw new FormatException("an integer of too many digits");
        return IntValue.Of(BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
    }
}
