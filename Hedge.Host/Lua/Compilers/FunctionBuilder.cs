using System.Globalization;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Compilers;

/// <summary>
/// The function that is being compiled: its instructions, constants, registers and jumps. A list of jumps
/// that have
/// no target yet is linked through the jumps themselves: each holds the distance to the next.
/// </summary>
internal sealed class FunctionBuilder(FunctionBuilder? parent, Lexer lexer, int line)
{
    /// <summary>The end of a list of jumps.</summary>
    public const int NoJump = -1;

    private const int RegistersMax = 250;
    private const int ConstantsMax = 1 << 26;

    private readonly Dictionary<LuaValue, int> _constantPlaces = new(new SameConstant());
    private readonly List<LuaValue> _constants = [];
    private readonly List<int> _lines = [];
    private readonly List<LuaPrototype> _inner = [];
    private int _jumpsToHere = NoJump;

    public FunctionBuilder? Parent { get; } = parent;

    public Lexer Lexer { get; } = lexer;

    /// <summary>The line where it begins, 0 for a chunk.</summary>
    public int LineDefined { get; } = line;

    /// <summary>Its instructions.</summary>
    public List<ulong> Code { get; } = [];

    /// <summary>Its local variables and upvalues.</summary>
    public Scopes Scopes => field ??= new Scopes(this);

    /// <summary>The first register that is free.</summary>
    public int FreeRegister { get; set; }

    /// <summary>How many registers it needs.</summary>
    public int RegisterCount { get; private set; } = 2;

    public int ParameterCount { get; set; }

    public bool IsVarArg { get; set; }

    public bool NeedsArg { get; set; }

    /// <summary>The index of the next instruction.</summary>
    public int Here => Code.Count;

    /// <summary>The last place that jumps go to: instructions before and behind it are not merged.</summary>
    public int LastTarget { get; private set; } = -1;

    public int Emit(Opcode code, int a, int b, int c) => Emit(Instruction.Make(code, a, b, c));

    public int EmitD(Opcode code, int a, int d) => Emit(Instruction.MakeD(code, a, d));

    public int Emit(ulong instruction)
    {
        ResolveJumpsToHere();
        Code.Add(instruction);
        _lines.Add(Lexer.LastLine);
        return Code.Count - 1;
    }

    /// <summary>Forgets the line of an instruction that was taken back.</summary>
    public void DropLastLine() => _lines.RemoveAt(_lines.Count - 1);

    /// <summary>Says on which line the last instruction stands.</summary>
    public void FixLine(int line) => _lines[^1] = line;

    public void EmitNil(int from, int count)
    {
        if (Here > LastTarget && Here > 0)
        {
            ulong last = Code[^1];
            if (Instruction.Code(last) == Opcode.LoadNil)
            {
                int first = Instruction.A(last);
                int end = Instruction.B(last);
                if (first <= from && from <= end + 1)
                {
                    if (from + count - 1 > end) Code[^1] = Instruction.WithB(last, from + count - 1);
                    return;
                }
            }
        }

        Emit(Opcode.LoadNil, from, from + count - 1, 0);
    }

    public void EmitReturn(int first, int count) => Emit(Opcode.Return, first, count + 1, 0);

    public int AddInner(LuaPrototype inner)
    {
        _inner.Add(inner);
        return _inner.Count - 1;
    }

    public int Constant(LuaString text) => AddConstant(text);

    public int Constant(double number) => AddConstant(number);

    public int Constant(bool truth) => AddConstant(truth);

    public int NilConstant() => AddConstant(default);

    public void CheckRegisters(int count)
    {
        int needed = FreeRegister + count;
        if (needed <= RegisterCount) return;
        if (needed >= RegistersMax) throw Lexer.ErrorHere("function or expression too complex");
        RegisterCount = needed;
    }

    public void ReserveRegisters(int count)
    {
        CheckRegisters(count);
        FreeRegister += count;
    }

    public void ReleaseRegister(int register)
    {
        if (!Instruction.IsConstant(register) && register >= Scopes.ActiveCount) FreeRegister--;
    }

    /// <summary>An error when there are too many of something in one function.</summary>
    public void CheckLimit(int count, int limit, string what)
    {
        if (count <= limit) return;
        string where = LineDefined == 0 ? "main function"
            : string.Create(CultureInfo.InvariantCulture, $"function at line {LineDefined}");
        throw Lexer.Error(
            string.Create(CultureInfo.InvariantCulture, $"{where} has more than {limit} {what}"), 0);
    }

    public int Jump()
    {
        int pending = _jumpsToHere;
        _jumpsToHere = NoJump;
        int jump = EmitD(Opcode.Jump, 0, NoJump);
        return Joined(jump, pending);
    }

    /// <summary>This place, as one that jumps go to.</summary>
    public int Label() => LastTarget = Here;

    public void PatchToHere(int list)
    {
        Label();
        _jumpsToHere = Joined(_jumpsToHere, list);
    }

    public void Patch(int list, int target)
    {
        if (target == Here) PatchToHere(list);
        else PatchValues(list, target, -1, target);
    }

    /// <summary>Two lists of jumps as one. The first is walked, so it should be the short one.</summary>
    public int Joined(int first, int second)
    {
        if (second == NoJump) return first;
        if (first == NoJump) return second;
        int last = first;
        while (NextJump(last) != NoJump) last = NextJump(last);
        FixJump(last, second);
        return first;
    }

    /// <summary>Whether some jump of the list leaves without a value.</summary>
    public bool NeedsValue(int list)
    {
        for (; list != NoJump; list = NextJump(list))
        {
            if (Instruction.Code(Code[Control(list)]) != Opcode.TestSet) return true;
        }

        return false;
    }

    /// <summary>Makes the jumps of a list leave without a value.</summary>
    public void DropValues(int list)
    {
        for (; list != NoJump; list = NextJump(list)) SetTestTarget(list, -1);
    }

    /// <summary>
    /// Sends jumps that leave a value in the register to one place, and the others to another.
    /// </summary>
    public void PatchValues(int list, int withValue, int register, int without)
    {
        while (list != NoJump)
        {
            int next = NextJump(list);
            FixJump(list, SetTestTarget(list, register) ? withValue : without);
            list = next;
        }
    }

    /// <summary>The instruction that decides about a jump.</summary>
    public int Control(int jump)
    {
        if (jump < 1) return jump;
        Opcode before = Instruction.Code(Code[jump - 1]);
        return before is Opcode.Equal or Opcode.LessThan or Opcode.LessEqual or Opcode.Test or Opcode.TestSet
            or Opcode.ForIn ? jump - 1 : jump;
    }

    public LuaPrototype Finish(LuaString source)
    {
        ulong[] code = [.. Code];
        LuaValue[] constants = [.. _constants];
        OperandForms.Choose(code, constants, Scopes.HasCaptured);
        return new LuaPrototype
        {
            Source = source,
            ChunkId = Lexer.ChunkId,
            Code = code,
            Lines = [.. _lines],
            Constants = constants,
            Inner = [.. _inner],
            Upvalues = [.. Scopes.Upvalues.Select(u => u.Name)],
            Locals = Scopes.Variables(),
            ParameterCount = ParameterCount,
            IsVarArg = IsVarArg,
            NeedsArg = NeedsArg,
            RegisterCount = RegisterCount,
            LineDefined = LineDefined,
        };
    }

    private int NextJump(int jump)
    {
        int offset = Instruction.D(Code[jump]);
        return offset == NoJump ? NoJump : jump + 1 + offset;
    }

    private void FixJump(int jump, int target) =>
        Code[jump] = Instruction.WithD(Code[jump], target - (jump + 1));

    private void ResolveJumpsToHere()
    {
        int list = _jumpsToHere;
        _jumpsToHere = NoJump;
        PatchValues(list, Here, -1, Here);
    }

    // Sets the register of a jump's TestSet, or makes it a Test when there is none to set.
    private bool SetTestTarget(int jump, int register)
    {
        int control = Control(jump);
        ulong test = Code[control];
        if (Instruction.Code(test) != Opcode.TestSet) return false;
        Code[control] = register >= 0 && register != Instruction.B(test) ? Instruction.WithA(test, register)
            : Instruction.Make(Opcode.Test, Instruction.B(test), 0, Instruction.C(test));
        return true;
    }

    private int AddConstant(LuaValue value)
    {
        if (_constantPlaces.TryGetValue(value, out int place)) return place;
        if (_constants.Count >= ConstantsMax) throw Lexer.ErrorHere("constant table overflow");
        _constants.Add(value);
        _constantPlaces.Add(value, _constants.Count - 1);
        return _constants.Count - 1;
    }

    // Zero and minus zero are one constant, whichever comes first, as in Lua 5.1.
    private sealed class SameConstant : IEqualityComparer<LuaValue>
    {
        public bool Equals(LuaValue x, LuaValue y) => LuaValue.RawEquals(x, y);

        public int GetHashCode(LuaValue value) => value.Ref is LuaString text ? (int)text.Hash
            : value.IsNumber ? value.Number.GetHashCode() : value.IsNil ? 0 : value.IsFalsy ? 1 : 2;
    }
}
