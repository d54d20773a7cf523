using Hedge.Host.Commands.Keys.Payloads;

namespace Hedge.Host.Tools.Imports;

/// <summary>Takes what an RDB file holds, in its order; what it does not ask for is passed over. The spans
/// are valid during the call.</summary>
internal interface IRdbSink
{
    /// <summary>The keys that follow are of this database.</summary>
    void SelectDatabase(int database)
    {
    }

    /// <summary>Something that the file says of itself.</summary>
    void TakeField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
    }

    /// <summary>A library of functions.</summary>
    void TakeLibrary(ReadOnlySpan<byte> code)
    {
    }

    /// <summary>A key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="body">Its value.</param>
    void TakeKey(in RdbKey key, PayloadCursor body);

    /// <summary>A key whose value a module has written, or what a module has written besides keys.</summary>
    /// <param name="module">The name of the module's type.</param>
    /// <param name="key">The key; empty for other data.</param>
    void TakeModule(string module, ReadOnlySpan<byte> key)
    {
    }
}
