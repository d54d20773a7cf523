using System.Text;

namespace Hedge.Host.Scripting;

/// <summary>All libraries and functions at one moment. Immutable: cores read it from
/// <see cref="FunctionStore.Current"/>.</summary>
internal sealed class FunctionTable
{
    private const int NameMax = 256;

    private readonly SortedDictionary<string, FunctionLibrary> _libraries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Function> _functions = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>No libraries.</summary>
    public static FunctionTable Empty { get; } = new();

    /// <summary>The libraries, by name.</summary>
    public IReadOnlyCollection<FunctionLibrary> Libraries => _libraries.Values;

    /// <summary>How many functions there are.</summary>
    public int FunctionCount => _functions.Count;

    /// <summary>What they take in memory, about.</summary>
    public long Bytes => _libraries.Values.Sum(static library => library.Bytes);

    /// <summary>The function of a name, in any case, or null.</summary>
    public Function? Find(ReadOnlySpan<byte> name)
    {
        Span<char> text = stackalloc char[Math.Min(name.Length, NameMax)];
        if (name.Length > NameMax) return _functions.GetValueOrDefault(Encoding.Latin1.GetString(name));
        Encoding.Latin1.GetChars(name, text);
        return _functions.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out Function? found)
            ? found : null;
    }

    /// <summary>A table with a library more, which takes the place of one of its name.</summary>
    /// <param name="library">The library.</param>
    /// <param name="error">The error reply, when the answer is null.</param>
    public FunctionTable? With(FunctionLibrary library, out string error)
    {
        error = "";
        FunctionTable table = Without(library.Name);
        foreach (Function function in library.Functions)
        {
            if (table._functions.TryAdd(function.Name, function)) continue;
            error = $"ERR Function {function.Name} already exists";
            return null;
        }

        table._libraries.Add(library.Name, library);
        return table;
    }

    /// <summary>A table without a library.</summary>
    public FunctionTable Without(string name)
    {
        var table = new FunctionTable();
        foreach (FunctionLibrary kept in _libraries.Values)
        {
            if (kept.Name == name) continue;
            table._libraries.Add(kept.Name, kept);
            foreach (Function function in kept.Functions) table._functions.Add(function.Name, function);
        }

        return table;
    }

    /// <summary>True when there is a library of that name.</summary>
    public bool Has(string library) => _libraries.ContainsKey(library);
}
