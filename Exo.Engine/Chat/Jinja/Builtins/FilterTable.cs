using System.Collections.Frozen;

namespace Exo.Engine.Chat.Jinja;

/// <summary>All filters by name.</summary>
internal static class FilterTable
{
    private static readonly FrozenDictionary<string, Builtin> Filters =
        new[] { TextFilters.All, HtmlFilters.All, NumberFilters.All, SequenceFilters.All, OrderFilters.All, SelectionFilters.All, [Indent.Filter, WordWrap.Filter, JsonFilter.ToJson] }
            .SelectMany(filters => filters).ToFrozenDictionary(filter => filter.Name, StringComparer.Ordinal);

    public static Builtin? Find(string name) => Filters.GetValueOrDefault(name);

    /// <exception cref="TemplateError">No such filter.</exception>
    public static Builtin Get(string name) => Find(name) ?? throw new TemplateError($"no filter named '{name}'");
}
