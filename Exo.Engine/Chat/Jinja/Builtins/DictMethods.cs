namespace Exo.Engine.Chat.Jinja;

/// <summary>Methods of dicts that leave them as they are.</summary>
internal static class DictMethods
{
    public static readonly Builtin[] All =
    [
        new("get", "key, default?", Get),
        new("keys", "", call => new DictView("keys", (DictValue)call.Self)),
        new("values", "", call => new DictView("values", (DictValue)call.Self)),
        new("items", "", call => new DictView("items", (DictValue)call.Self)),
        new("copy", "", call => call.Self),
    ];

    private static Value Get(BuiltinCall call)
    {
        call.Rendering.Spend(call[0]!.Weight);
        return ((DictValue)call.Self).Find(call[0]!) ?? call[1] ?? NoneValue.None;
    }
}
