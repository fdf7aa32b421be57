namespace Exo.Engine.Chat.Jinja;

/// <summary>The methods of the built-in types.</summary>
internal static class MethodTables
{
    public static readonly MethodTable Strings =
        new([.. StringMethods.All, .. SplitMethods.All, .. SearchMethods.All, .. CharacterMethods.All, .. AlignMethods.All]);

    public static readonly MethodTable Lists = new(SequenceMethods.All)
    {
        Withheld = ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"],
    };

    public static readonly MethodTable Tuples = new(SequenceMethods.All.Where(method => method.Name != "copy"));

    public static readonly MethodTable Dicts = new(DictMethods.All)
    {
        Withheld = ["clear", "pop", "popitem", "setdefault", "update"],
    };
}
