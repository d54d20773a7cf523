using Hedge.Host.Lua.Compilers;

namespace Hedge.Host.Scripting;

/// <summary>Which local variables of a function closures bind, and whether they change. A variable is a
/// register for the instructions of its scope.</summary>
internal static class BoundVariables
{
    /// <summary>True when an instruction of the variable's scope sets it: what a closure reads of it is not
    /// known then.</summary>
    public static bool Changes(LuaPrototype function, int register, int at)
    {
        if (ScopeOf(function, register, at) is not { } scope) return true;
        for (int i = scope.From; i < Math.Min(scope.To, function.Code.Length); i++)
        {
            if (Sets(function.Code[i], register)) return true;
            i += BindingsOf(function, i);
        }

        return false;
    }

    /// <summary>True when a closure binds the variable that has this register at an instruction and that some
    /// instruction sets.</summary>
    public static bool IsBound(LuaPrototype function, int register, int at)
    {
        if (ScopeOf(function, register, at) is not { } scope) return false;
        bool isBound = false;
        for (int i = scope.From; i < Math.Min(scope.To, function.Code.Length); i++)
        {
            int bindings = BindingsOf(function, i);
            for (int n = 1; n <= bindings; n++)
            {
                ulong bound = function.Code[i + n];
                isBound |= Instruction.Code(bound) == Opcode.Move && Instruction.B(bound) == register;
            }

            i += bindings;
        }

        return isBound && Changes(function, register, at);
    }

    private static LocalVariable? ScopeOf(LuaPrototype function, int register, int at)
    {
        foreach (LocalVariable local in function.Locals)
        {
            if (local.From > at) break;
            if (at < local.To && register-- == 0) return local;
        }

        return null;
    }

    private static int BindingsOf(LuaPrototype function, int at) =>
        Instruction.Code(function.Code[at]) == Opcode.Closure
            ? function.Inner[Instruction.D(function.Code[at])].Upvalues.Length : 0;

    private static bool Sets(ulong i, int register)
    {
        int a = Instruction.A(i);
        switch (Instruction.General(Instruction.Code(i)))
        {
            case Opcode.LoadNil:
                return register >= a && register <= Instruction.B(i);
            case Opcode.Self:
                return register == a || register == a + 1;
            case Opcode.Call or Opcode.TailCall or Opcode.VarArg:
                // What is above the function is free.
                return register >= a;
            case Opcode.ForLoop or Opcode.ForPrepare or Opcode.ForIn:
                return register >= a && register != a + 1;
            case Opcode.SetGlobal or Opcode.SetUpvalue or Opcode.SetTable or Opcode.Jump or Opcode.Equal
                or Opcode.LessThan or Opcode.LessEqual or Opcode.Test or Opcode.Return or Opcode.SetList
                or Opcode.Close:
                return false;
            default:
                return register == a;
        }
    }
}
