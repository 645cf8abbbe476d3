# frozen_string_literal: true

module Testalibi
  module SourceUnits
    # The types of nodes of the parser's trees, of all releases, that Meaning does not just walk through.
    module NodeTypes
      # Methods of Meaning.
      HANDLERS = {
        SCOPE: :scope, ARGS: :arguments, KW_ARG: :keyword_argument, BLOCK: :block, BEGIN: :block,
        LVAR: :local, DVAR: :local, LASGN: :local_assignment, DASGN: :local_assignment,
        DASGN_CURR: :local_assignment,
        CALL: :call, QCALL: :call, OPCALL: :call, FCALL: :bare_call, VCALL: :bare_call, ATTRASGN: :call,
        SUPER: :super_call, ZSUPER: :super_call, OP_ASGN1: :index_assignment, OP_ASGN2: :attribute_assignment,
        CONST: :constant, COLON2: :qualified_constant, COLON3: :constant, CDECL: :constant_assignment,
        OP_CDECL: :operator_constant,
        IVAR: :variable, GVAR: :variable, CVAR: :variable,
        IASGN: :variable_assignment, GASGN: :variable_assignment, CVASGN: :variable_assignment,
        CVDECL: :variable_assignment, VALIAS: :variable_alias, ALIAS: :method_alias,
        DEFN: :definition, DEFS: :definition, CLASS: :class_body, MODULE: :class_body, SCLASS: :class_body,
        ITER: :iterator, LAMBDA: :lambda_literal, FOR: :loop_over, FOR_MASGN: :loop_over,
        LIT: :literal, STR: :string, DSTR: :string, XSTR: :command, DXSTR: :command, DREGX: :regexp,
        SYM: :literal, INTEGER: :literal, FLOAT: :literal, RATIONAL: :literal, IMAGINARY: :literal,
        REGX: :literal, LINE: :literal, DSYM: :implicit, EVSTR: :implicit, SPLAT: :implicit, BLOCK_PASS: :implicit,
        WHEN: :implicit, MASGN: :implicit, DOT2: :implicit, DOT3: :implicit, ARYPTN: :implicit,
        FNDPTN: :implicit, HSHPTN: :implicit, IN: :implicit, ARGSCAT: :implicit, ARGSPUSH: :implicit,
        HASH: :hash, RESBODY: :rescue_clause
      }.freeze

      # What they call without spelling it.
      IMPLICIT = {
        EVSTR: %i[to_s], SPLAT: %i[to_a], BLOCK_PASS: %i[to_proc], WHEN: %i[===], MASGN: %i[to_ary],
        DOT2: %i[<=>], DOT3: %i[<=>], ARYPTN: %i[deconstruct ===], FNDPTN: %i[deconstruct ===],
        HSHPTN: %i[deconstruct_keys ===], IN: %i[===], ARGSCAT: %i[to_a], ARGSPUSH: %i[to_a], DSYM: %i[to_s]
      }.freeze

      TEXTS = Hash.new { |texts, type| texts[type] = type.to_s.freeze }
    end
  end
end
