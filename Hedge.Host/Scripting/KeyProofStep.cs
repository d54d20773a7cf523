using Hedge.Host.Lua.Compilers;

namespace Hedge.Host.Scripting;

/// <summary>One instruction of a <see cref="KeyProof"/>: what is known after it.</summary>
internal sealed class KeyProofStep(KeyProof proof, LuaPrototype function, Known[] upvalues,
    Dictionary<int, Known[]> closures, int at, KnownRegisters state, bool isMain)
{
    private readonly ulong _instruction = function.Code[at];

    /// <summary>The instructions that may come next, and what is known before each.</summary>
    public List<(int At, KnownRegisters State)> Next { get; } = [];

    private int A => Instruction.A(_instruction);

    private int B => Instruction.B(_instruction);

    private int C => Instruction.C(_instruction);

    private int D => Instruction.D(_instruction);

    /// <summary>Looks at the instruction. False when the proof ends here.</summary>
    public bool Run()
    {
        switch (Instruction.General(Instruction.Code(_instruction)))
        {
            case Opcode.Move:
                return IsSeen(B) && Set(A, state[B]) && Go(at + 1);
            case Opcode.LoadConstant:
                return Set(A, WordOf(D)) && Go(at + 1);
            case Opcode.LoadBoolean:
                return Set(A, default) && Go(at + (C != 0 ? 2 : 1));
            case Opcode.LoadNil:
                for (int i = A; i <= B; i++)
                    if (!Set(i, default)) return false;
                return Go(at + 1);
            case Opcode.GetUpvalue:
                return Set(A, upvalues[B]) && Go(at + 1);
            case Opcode.GetGlobal:
                return ReadGlobal() && Go(at + 1);
            case Opcode.GetTable:
                return ReadTable() && Go(at + 1);
            case Opcode.SetGlobal:
                return MayLeave(A) && Go(at + 1);
            case Opcode.SetTable:
                bool hasName = Instruction.Code(_instruction) == Opcode.SetField;
                return MayLeave(A) && (hasName || MayLeaveOperand(B)) && MayLeaveOperand(C) && Go(at + 1);
            case Opcode.Self:
                return MayLeave(B) && MayLeaveOperand(C) && Set(A, default) && Set(A + 1, default)
                    && Go(at + 1);
            case Opcode.NewTable or Opcode.Add or Opcode.Subtract or Opcode.Multiply or Opcode.Divide
                or Opcode.Modulo or Opcode.Power or Opcode.Negate or Opcode.Not or Opcode.Length
                or Opcode.Concat:
                return Set(A, default) && Go(at + 1);
            case Opcode.VarArg:
                return SetResults(A, B - 1, default) && Go(at + 1);
            case Opcode.Jump or Opcode.ForPrepare:
                return Go(at + 1 + D);
            case Opcode.Equal or Opcode.LessThan or Opcode.LessEqual or Opcode.Test:
                return Go(at + 1) && Go(at + 2);
            case Opcode.TestSet:
                Next.Add((at + 2, state.Copy()));
                return IsSeen(B) && Set(A, state[B]) && Go(at + 1);
            case Opcode.ForLoop:
                return Set(A + 3, default) && Go(at + 1) && Go(at + 1 + D);
            case Opcode.ForIn:
                return Iterate();
            case Opcode.Call or Opcode.TailCall:
                return Call() && Go(at + 1);
            case Opcode.Return:
                return isMain || MayLeaveAll(A, B);
            case Opcode.SetList:
                return MayLeaveAll(A + 1, B + 1) && Go(at + 1);
            case Opcode.Close:
                return Go(at + 1);
            case Opcode.Closure:
                return Bind();
            default:
                // SetUpvalue: a variable of another function would change unseen.
                return false;
        }
    }

    private bool Go(int next)
    {
        Next.Add((next, state));
        return true;
    }

    // A variable that a closure binds is seen to change there too.
    private bool Set(int register, in Known value)
    {
        if (value.IsPrecious && BoundVariables.IsBound(function, register, at + 1)) return false;
        state[register] = value;
        return true;
    }

    private bool IsSeen(int register) => state[register].Kind != KnownKind.Mixed;

    private bool MayLeave(int register) => !state[register].IsPrecious;

    private bool MayLeaveOperand(int operand) => Instruction.IsConstant(operand) || MayLeave(operand);

    // So many registers from one on, as B of a return says it: one more than there are, or 0 for all.
    private bool MayLeaveAll(int from, int count)
    {
        int end = from + count - 1;
        if (count == 0)
        {
            if (state.OpenFrom < from || state.Open.IsPrecious) return false;
            end = state.OpenFrom;
        }

        for (int i = from; i < end; i++)
            if (!MayLeave(i)) return false;
        return true;
    }

    private Known WordOf(int constant) => function.Constants[constant].AsString is { } word
        ? new Known(KnownKind.Word, word) : default;

    private bool ReadGlobal()
    {
        string name = function.Constants[D].AsString!.ToString();
        if (KeyProof.IsEvasive(name)) return false;
        return Set(A, new Known(name switch
        {
            "redis" => KnownKind.Redis,
            "KEYS" => KnownKind.Keys,
            "unpack" => KnownKind.Unpack,
            "pairs" or "ipairs" => KnownKind.Pairs,
            _ => KnownKind.Nothing,
        }));
    }

    private bool ReadTable()
    {
        Known table = state[B];
        bool isConstant = Opcode.GetField == Instruction.Code(_instruction) || Instruction.IsConstant(C);
        Known key = isConstant ? WordOf(C & ~Instruction.ConstantBit) : state[C];
        if (key.IsPrecious || table.Kind is KnownKind.Mixed or KnownKind.Call) return false;
        switch (table.Kind)
        {
            case KnownKind.Keys:
                return Set(A, new Known(KnownKind.Key));
            case KnownKind.Redis:
                if (!isConstant || key.Word is not { } name) return false;
                bool isCall = name.Span.SequenceEqual("call"u8) || name.Span.SequenceEqual("pcall"u8);
                return Set(A, isCall ? new Known(KnownKind.Call) : default);
            default:
                return Set(A, default);
        }
    }

    // Values from a register on, so many, or open ones when that is negative.
    private bool SetResults(int register, int count, in Known value)
    {
        state.ForgetFrom(register);
        if (count < 0)
        {
            state.OpenFrom = register;
            state.Open = value;
            return true;
        }

        for (int i = 0; i < count; i++)
            if (!Set(register + i, value)) return false;
        return true;
    }

    private bool Call()
    {
        int results = Instruction.Code(_instruction) == Opcode.TailCall ? -1 : C - 1;
        Known callee = state[A];
        bool isOpen = B == 0;
        if (isOpen && state.OpenFrom <= A) return false;
        int end = isOpen ? state.OpenFrom : A + B;
        bool takesKeys = end > A + 1 && state[A + 1].Kind == KnownKind.Keys;
        switch (callee.Kind)
        {
            case KnownKind.Redis or KnownKind.Keys or KnownKind.Mixed:
                return false;
            case KnownKind.Call:
                if (!proof.Allows(state.Range(A + 1, end), isOpen ? state.Open : null)) return false;
                return SetResults(A, results, default);
            case KnownKind.Unpack when takesKeys:
                return MayLeaveAll(A + 2, B == 0 ? 0 : B - 1)
                    && SetResults(A, results, new Known(KnownKind.Key));
            case KnownKind.Pairs when takesKeys && results == 3:
                Known keys = state[A + 1];
                state.ForgetFrom(A);
                state[A] = new Known(KnownKind.KeysIterator);
                return Set(A + 1, keys);
            default:
                return MayLeaveAll(A + 1, B) && SetResults(A, results, default);
        }
    }

    private bool Iterate()
    {
        bool overKeys = state[A].Kind == KnownKind.KeysIterator && state[A + 1].Kind == KnownKind.Keys;
        if (!overKeys && !(MayLeave(A) && MayLeave(A + 1) && MayLeave(A + 2))) return false;
        state[A + 2] = default;
        state.ForgetFrom(A + 3);
        Next.Add((at + 2, state.Copy()));
        if (overKeys && !Set(A + 4, new Known(KnownKind.Key))) return false;
        return Go(at + 1);
    }

    private bool Bind()
    {
        int count = function.Inner[D].Upvalues.Length;
        var bound = new Known[count];
        for (int i = 0; i < count; i++)
        {
            ulong from = function.Code[at + 1 + i];
            int source = Instruction.B(from);
            if (Instruction.Code(from) == Opcode.GetUpvalue)
            {
                bound[i] = upvalues[source];
                continue;
            }

            Known value = state[source];
            if (value.Kind == KnownKind.Mixed) return false;
            bool changes = BoundVariables.Changes(function, source, at + 1);
            if (changes && value.IsPrecious) return false;
            bound[i] = changes ? default : value;
        }

        if (!closures.TryGetValue(D, out Known[]? before)) closures[D] = bound;
        else
        {
            for (int i = 0; i < count; i++)
            {
                if (before[i].IsSame(bound[i])) continue;
                if (before[i].IsPrecious || bound[i].IsPrecious) return false;
                before[i] = default;
            }
        }

        return Set(A, default) && Go(at + 1 + count);
    }
}
