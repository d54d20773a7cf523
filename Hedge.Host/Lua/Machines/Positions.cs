using System.Globalization;
using Hedge.Host.Lua.Compilers;

namespace Hedge.Host.Lua.Machines;

/// <summary>Where the program is: for the positions in errors, and for debuggers.</summary>
internal static class Positions
{
    /// <summary>
    /// The frame of a level: 0 is what runs, 1 its caller. A tail call has replaced its caller, so that level
    /// has no frame.
    /// </summary>
    /// <param name="m">The machine.</param>
    /// <param name="level">The level.</param>
    /// <param name="isLost">Whether it is the level of a call that was replaced.</param>
    public static Frame? FrameAt(LuaMachine m, int level, out bool isLost)
    {
        Frame at = m.Thread.Frame;
        isLost = false;
        while (level > 0 && at.Previous is not null)
        {
            level--;
            level -= at.TailCalls;
            at = at.Previous;
        }

        isLost = level < 0;
        return level == 0 && at.Previous is not null ? at : null;
    }

    /// <summary>
    /// The chunk and line of a level with a colon and a space; nothing for a function of the host.
    /// </summary>
    public static string Where(LuaMachine m, int level) =>
        FrameAt(m, level, out _) is { Prototype: not null } frame ? Of(frame) : "";

    /// <summary>The chunk and line of a frame.</summary>
    public static string Of(Frame frame) =>
        string.Create(CultureInfo.InvariantCulture, $"{frame.Prototype!.ChunkId}:{frame.Line}: ");

    /// <summary>The name by which a frame's function was called, and whether as a method.</summary>
    public static (string? Name, bool IsMethod) CalledName(Frame frame)
    {
        Frame? caller = frame.Previous;
        if (frame.TailCalls > 0 || caller?.Prototype is null) return (null, false);
        ulong i = caller.Prototype.Code[Math.Max(caller.Pc - 1, 0)];
        if (Instruction.Code(i) is not (Opcode.Call or Opcode.TailCall or Opcode.ForIn)) return (null, false);
        string? kind = VariableNames.Find(caller, Instruction.A(i), out string name);
        return (kind is null ? null : name, kind == "method");
    }

    /// <summary>
    /// The local variables of a level, for a debugger: names and where they are on the stack.
    /// </summary>
    public static IEnumerable<(string Name, int Index)> Locals(LuaMachine m, int level)
    {
        if (FrameAt(m, level, out _) is not { Prototype: { } prototype } frame) yield break;
        // The frame on the top has not carried its next instruction out; the others are in a call.
        int at = frame == m.Thread.Frame ? frame.Pc : Math.Max(frame.Pc - 1, 0);
        for (int i = 0; prototype.LocalName(i, at) is { } name; i++) yield return (name, frame.Base + i);
    }
}
