using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Machines;

/// <summary>
/// The traversal of a table with <c>next</c>. It is the data of the function <c>next</c>, by which <c>for
/// in</c> knows it and goes on without a call. The control variable of such a loop remembers the position of
/// its key, in the number that a key which is none does not need.
/// </summary>
internal sealed class Traversal
{
    public static readonly Traversal Instance = new();

    private Traversal()
    {
    }

    /// <summary>Sets the next key and its value, or nil; false when the key is not in the table.</summary>
    public static bool Step(LuaTable table, ref LuaValue control, Span<LuaValue> into)
    {
        int position = control.IsNumber || control.IsNil ? -1 : (int)control.Number;
        if (position <= 0 || position > table.Positions
            || !ReferenceEquals(table.KeyAt(position - 1).Ref, control.Ref))
        {
            position = table.PositionBehind(control);
            if (position < 0) return false;
        }

        position = table.NextUsed(position);
        if (position < 0)
        {
            into[0] = default;
            into[1] = default;
            return true;
        }

        LuaValue key = table.KeyAt(position);
        into[0] = key;
        into[1] = table.ValueAt(position);
        if (!key.IsNumber) key.Number = position + 1;
        control = key;
        return true;
    }
}
