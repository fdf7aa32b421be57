namespace Exo.Engine.Chat.Jinja;

/// <summary>All filters by name.</summary>
internal static class FilterTable
{
    private static readonly Dictionary<string, Builtin> Filters =
        TextFilters.All.Concat(HtmlFilters.All).Concat(NumberFilters.All).Concat(SequenceFilters.All).Concat(OrderFilters.All)
            .Concat(SelectionFilters.All).Concat([Indent.Filter, WordWrap.Filter, JsonFilter.ToJson])
            .ToDictionary(filter => filter.Name, StringComparer.Ordinal);

    public static Builtin? Find(string name) => Filters.GetValueOrDefault(name);

    /// <exception cref="TemplateError">No such filter.</exception>
    public static Builtin Get(string name) => Find(name) ?? throw new TemplateError($"no filter named '{name}'");
}
