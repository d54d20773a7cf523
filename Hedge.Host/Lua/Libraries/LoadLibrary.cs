using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Libraries;

/// <summary>The globals that compile: <c>load</c> and <c>loadstring</c>. There are no files.</summary>
internal static class LoadLibrary
{
    private const int BytesPerInstruction = 4;
    private const int MemoryPerByte = 16;
    private const int PieceCost = 16;
    private const string NotText = "reader function must return a string";

    public static void Open(LuaMachine m)
    {
        LuaLibraries.Set(m, m.Globals, "loadstring", LoadString);
        LuaLibraries.Set(m, m.Globals, "load", Load);
    }

    private static LuaAction LoadString(LuaCall c)
    {
        LuaString text = c.String(1);
        return Compile(c, text.Memory, c.String(2, text));
    }

    private static LuaAction Load(LuaCall c)
    {
        if (c.Step == 0)
        {
            c.Function(1);
            c.String(2, LuaString.Name("=(load)"));
            c.State = new Pieces();
        }
        else
        {
            var pieces = (Pieces)c.State!;
            LuaValue piece = c.Result(1);
            if (c.HasFailed) return c.Return(default, piece);
            if (piece.IsNil || piece.Ref is LuaString { Length: 0 })
                return Compile(c, pieces.Bytes.ToArray(), c.String(2, LuaString.Name("=(load)")));
            if (piece.Ref is not LuaString && !piece.IsNumber)
                return c.Return(default, c.Text($"{Positions.Where(c.Machine, 1)}{NotText}"));
            LuaString text = piece.AsString ?? c.Machine.NumberText(piece.Number);
            c.Machine.Memory.Charge(text.Length);
            c.Spend(PieceCost + (text.Length / BytesPerInstruction));
            pieces.Bytes.AddRange(text.Span);
        }

        c.KeepPushed(0);
        c.Push(c[1]);
        return c.InvokeProtected(0, 1);
    }

    private static LuaAction Compile(LuaCall c, ReadOnlyMemory<byte> text, LuaString name)
    {
        LuaMachine m = c.Machine;
        c.Frame.IsProtected = false;
        c.Spend(text.Length / BytesPerInstruction);
        m.Memory.Charge((long)text.Length * MemoryPerByte);
        LuaPrototype? chunk = LuaPrototype.Compile(text, name, out LuaString? error);
        if (chunk is null) return c.Return(default, error);
        chunk.OwnBy(m);
        return c.Return(m.Load(chunk));
    }

    private sealed class Pieces : IMemoryHolder
    {
        public List<byte> Bytes { get; } = [];

        public void Count(MemoryCount count) => count.Add(Bytes.Capacity);
    }
}
