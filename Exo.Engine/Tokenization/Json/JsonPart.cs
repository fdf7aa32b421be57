using System.Text.Json;

namespace Exo.Engine.Tokenization.Json;

/// <summary>A part of a tokenizer.json and where it stands, so that every complaint names both.</summary>
internal readonly record struct JsonPart(JsonElement Element, string File, string Path)
{
    /// <summary>The part's "type".</summary>
    public string Type => Text("type");

    public bool IsNull => Element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    /// <summary>A member; <see cref="IsNull"/> where it is missing.</summary>
    public JsonPart this[string name] =>
        new(
            Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(name, out var value) ? value : default,
            File,
            Path.Length == 0 ? name : $"{Path}.{name}");

    /// <summary>A list's parts; a missing list is empty.</summary>
    public IEnumerable<JsonPart> Items()
    {
        if (IsNull)
            yield break;
        if (Element.ValueKind != JsonValueKind.Array)
            throw Invalid("must be a list");
        var index = 0;
        foreach (var item in Element.EnumerateArray())
            yield return new(item, File, $"{Path}[{index++}]");
    }

    /// <summary>The named members of an object.</summary>
    public IEnumerable<(string Name, JsonPart Value)> Members()
    {
        if (Element.ValueKind != JsonValueKind.Object)
            throw Invalid("must be an object");
        foreach (var member in Element.EnumerateObject())
            yield return (member.Name, new(member.Value, File, $"{Path}.{member.Name}"));
    }

    public string Text(string name) => this[name].AsText();

    public string? OptionalText(string name) => this[name] is { IsNull: false } part ? part.AsText() : null;

    /// <summary>A text that is used again and again: a long one is a damaged or hostile file's.</summary>
    public string ShortText(string name, int maxLength = 1024) =>
        Text(name) is { } text && text.Length <= maxLength ? text : throw this[name].Invalid($"is longer than {maxLength} chars");

    public string AsText() => Element.ValueKind == JsonValueKind.String ? Element.GetString()! : throw Invalid("must be a string");

    public bool Flag(string name, bool missing = false) => this[name] switch
    {
        { IsNull: true } => missing,
        { Element.ValueKind: JsonValueKind.True } => true,
        { Element.ValueKind: JsonValueKind.False } => false,
        var part => throw part.Invalid("must be true or false"),
    };

    /// <summary>A count or an id: 0 to int.MaxValue.</summary>
    public int Number(string name, int? missing = null) => this[name] is { IsNull: true } && missing is { } value ? value : this[name].AsNumber();

    public int AsNumber() =>
        Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out var value) && value >= 0 ? value : throw Invalid("must be a whole number from 0");

    /// <summary>One of an enum's members, spelled in PascalCase or snake_case.</summary>
    public T OneOf<T>(string name, T? missing = null)
        where T : struct, Enum
    {
        if (this[name].IsNull && missing is { } value)
            return value;
        var text = Text(name);
        var plain = text.Replace("_", "", StringComparison.Ordinal);
        return Enum.GetNames<T>().FirstOrDefault(known => known.Equals(plain, StringComparison.OrdinalIgnoreCase)) is { } found
            ? Enum.Parse<T>(found)
            : throw this[name].Invalid($"must be one of {string.Join(", ", Enum.GetNames<T>())}, and is {text}");
    }

    public InvalidModelException Invalid(string problem, Exception? inner = null) => new(File, Path.Length == 0 ? null : Path, problem, inner);
}
